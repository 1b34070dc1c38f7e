namespace Klaviyo.Storage.Records;

/// <summary>Tells which records hold something of a profile, and of which.</summary>
internal static class ProfileOfRecord
{
    /// <summary>Gets the ordinal of the profile whose identifiers, facts or events a record holds.</summary>
    /// <returns>False for records that hold nothing that anybody ever wrote of a profile.</returns>
    internal static bool TryGet(RecordKind kind, ReadOnlyMemory<byte> payload, out int ordinal)
    {
        ordinal = -1;
        if (kind is not (RecordKind.Identifiers or RecordKind.Event or RecordKind.Properties
            or RecordKind.Consent or RecordKind.List))
        {
            return false;
        }

        ordinal = new PayloadReader(payload.Span).ReadInt32();
        return true;
    }
}
