namespace Klaviyo.Storage.Records;

/// <summary>Defines a segment or a flow, or replaces the definition of that name.</summary>
internal readonly record struct DefinitionRecord(string Kind, string Name, string Text, Instant At)
{
    internal static DefinitionRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        return new DefinitionRecord(
            reader.ReadString(), reader.ReadString(), reader.ReadString(), Instant.FromUnixMs(reader.ReadTimeMs()));
    }
}
