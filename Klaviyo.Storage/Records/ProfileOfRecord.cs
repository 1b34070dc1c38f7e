using Klaviyo.Storage.Index;

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
            or RecordKind.Consent or RecordKind.List or RecordKind.Relation))
        {
            return false;
        }

        ordinal = new PayloadReader(payload.Span).ReadCode();
        return true;
    }

    /// <summary>Gets the profile of an id that stands in a record.</summary>
    /// <exception cref="InvalidDataException">No profile can have the id.</exception>
    internal static ProfileKey KeyOf(long id) =>
        id >= 0 && id >> 8 <= int.MaxValue ? ProfileKey.Of(new ProfileId(id)) : throw PayloadReader.Malformed();
}
