using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>What a profile said about a channel.</summary>
internal readonly record struct ConsentRecord(int Profile, long TimeMs, int Channel, ConsentStatus Status, string Method)
{
    internal static ConsentRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new MessagePackReader(payload);
        return new ConsentRecord(
            reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32(), (ConsentStatus)reader.ReadInt32(), reader.ReadString()!);
    }
}
