namespace Klaviyo.Storage.Records;

/// <summary>Puts a profile on a list, or takes it off.</summary>
internal readonly record struct ListRecord(int Profile, long TimeMs, int List, bool Member)
{
    internal static ListRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        return new ListRecord(reader.ReadCode(), reader.ReadTimeMs(), reader.ReadCode(), reader.ReadBoolean());
    }
}
