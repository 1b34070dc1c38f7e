using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Records;

/// <summary>Relates a profile and an object, or ends that: one record in the lane of each side.</summary>
/// <param name="Profile">The ordinal of the one side in this lane.</param>
/// <param name="TimeMs">From when on.</param>
/// <param name="Name">The code of the relation's name.</param>
/// <param name="Other">The other side, which may live in another lane.</param>
/// <param name="Related">Whether they belong together from then on.</param>
/// <param name="OtherTail">The tail of the other side's lane: its record stands there or behind.</param>
internal readonly record struct RelationRecord(
    int Profile, long TimeMs, int Name, ProfileKey Other, bool Related, long OtherTail)
{
    internal static RelationRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        return new RelationRecord(
            reader.ReadCode(),
            reader.ReadTimeMs(),
            reader.ReadCode(),
            ProfileOfRecord.KeyOf(reader.ReadInt64()),
            reader.ReadBoolean(),
            reader.ReadInt64());
    }
}
