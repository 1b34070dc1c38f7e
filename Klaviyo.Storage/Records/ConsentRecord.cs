namespace Klaviyo.Storage.Records;

/// <summary>What a profile said about a channel.</summary>
internal readonly record struct ConsentRecord(int Profile, long TimeMs, int Channel, ConsentStatus Status, string Method)
{
    internal static ConsentRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        return new ConsentRecord(
            reader.ReadCode(), reader.ReadTimeMs(), reader.ReadCode(), StatusOf(reader.ReadInt32()), reader.ReadString());
    }

    private static ConsentStatus StatusOf(int number) =>
        Enum.IsDefined((ConsentStatus)number) ? (ConsentStatus)number : throw PayloadReader.Malformed();
}
