using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Records;

/// <summary>Gives values to properties of a profile.</summary>
internal readonly record struct PropertiesRecord(int Profile, long TimeMs, PropertyMap Properties)
{
    internal static PropertiesRecord Read(ReadOnlyMemory<byte> payload, NameTable names)
    {
        var reader = new PayloadReader(payload.Span);
        var profile = reader.ReadInt32();
        var time = reader.ReadInt64();
        return new PropertiesRecord(profile, time, RecordReader.ReadMap(ref reader, names));
    }

    /// <summary>Gets the map of a record as it is.</summary>
    internal static ReadOnlySpan<byte> MapOf(ReadOnlySpan<byte> payload)
    {
        _ = PackedValue.ReadInt32(ref payload);
        _ = PackedValue.ReadInt64(ref payload);
        return payload;
    }
}
