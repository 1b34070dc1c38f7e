namespace Klaviyo.Storage.Records;

/// <summary>Gives identifiers to a profile; the first such record of an ordinal creates the profile.</summary>
internal readonly record struct IdentifiersRecord(int Profile, long TimeMs, Identifier[] Identifiers)
{
    internal static IdentifiersRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        var profile = reader.ReadCode();
        var time = reader.ReadTimeMs();
        var identifiers = new Identifier[reader.ReadArrayHeader()];
        for (var i = 0; i < identifiers.Length; i++)
        {
            identifiers[i] = IdentifierOf(reader.ReadString(), reader.ReadString());
        }

        return new IdentifiersRecord(profile, time, identifiers);
    }

    private static Identifier IdentifierOf(string kind, string value)
    {
        try
        {
            return Identifier.Of(IdentifierKind.Of(kind), value);
        }
        catch (ArgumentException)
        {
            throw PayloadReader.Malformed();
        }
    }
}
