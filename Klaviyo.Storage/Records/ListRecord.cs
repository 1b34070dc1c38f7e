using MessagePack;

namespace Klaviyo.Storage.Records;

/// <summary>Puts a profile on a list, or takes it off.</summary>
internal readonly record struct ListRecord(int Profile, long TimeMs, int List, bool Member)
{
    internal static ListRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new MessagePackReader(payload);
        return new ListRecord(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadBoolean());
    }
}
