namespace Klaviyo.Storage.Records;

/// <summary>Gives values to properties of a profile: ordinal, time, a map of names and values.</summary>
internal readonly ref struct PropertiesRecord
{
    private PropertiesRecord(scoped ref PayloadReader reader)
    {
        Profile = reader.ReadCode();
        TimeMs = reader.ReadTimeMs();
        Map = reader.ReadRaw();
    }

    internal int Profile { get; }

    internal long TimeMs { get; }

    /// <summary>Gets the properties as they stand in the record.</summary>
    internal ReadOnlySpan<byte> Map { get; }

    internal static PropertiesRecord Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new PropertiesRecord(ref reader);
    }
}
