namespace Klaviyo.Storage.Records;

/// <summary>Merges a profile into another. Stands in the log of the destination's lane.</summary>
/// <param name="Destination">The ordinal of the destination in this lane.</param>
/// <param name="Source">The id of the source, which may live in another lane.</param>
/// <param name="Tails">The tail of every lane's log: what stands there or behind was written after the merge.</param>
/// <param name="TimeMs">When it was merged.</param>
internal readonly record struct MergeRecord(int Destination, ProfileId Source, long[] Tails, long TimeMs)
{
    internal static MergeRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new PayloadReader(payload.Span);
        var destination = reader.ReadCode();
        var source = new ProfileId(reader.ReadInt64());
        var tails = new long[reader.ReadArrayHeader()];
        for (var i = 0; i < tails.Length; i++)
        {
            tails[i] = reader.ReadInt64();
        }

        return new MergeRecord(destination, source, tails, reader.ReadTimeMs());
    }
}
