using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>What ends a commit in the log of a store with one lane: an empty record, of which all before it is one cut.</summary>
/// <remarks>
/// <para>With it one sync makes a commit durable, of records and mark together; the superblock says so later. An opening follows the
/// log from the superblock on, as long as records are whole, to the last mark.</para>
/// <para>Commits follow one another, so of the marks that are in the file only the last may be of a commit that nobody was told of.
/// Where a record is damaged and behind it stands one mark or none, a power cut has torn that commit. Where two stand, the record
/// was acknowledged.</para>
/// <para>That holds because an opening cuts off what lies behind the last mark: nothing there is of an earlier life.</para>
/// </remarks>
internal static class CommitMarks
{
    /// <summary>The kind of the record; what reads records passes over it.</summary>
    internal const byte Kind = 255;

    /// <summary>Finds the last commit of a store.</summary>
    /// <param name="files">The files, of which no record is half overwritten.</param>
    /// <param name="manifest">What the store is.</param>
    /// <param name="from">What the superblock says.</param>
    /// <exception cref="StoreCorruptedException">A record is damaged that was acknowledged.</exception>
    internal static LogCut Follow(IStorageFiles files, StoreManifest manifest, LogCut from)
    {
        if (from.Lanes is not [var lane])
        {
            return from;
        }

        using var segments = new LaneSegments(files, lane: 0, manifest.Layout);
        return new LogCut([Follow(segments, RecordHeader.Seed(manifest.StoreId, lane: 0), lane)]);
    }

    private static LaneCut Follow(LaneSegments segments, uint seed, LaneCut last)
    {
        var end = segments.EndOfFiles();
        using var scan = new LogScan(LaneReader.OfFiles(segments, seed, end), last.Until.Value, end, last.LastSequence + 1);
        try
        {
            while (scan.MoveNext())
            {
                if (scan.Current is { Kind: Kind, Payload.IsEmpty: true })
                {
                    last = last with { Until = scan.Next, LastSequence = scan.Current.Sequence };
                }
            }
        }
        catch (StoreCorruptedException) when (CountBehind(segments, seed, scan.Next.Value, end) < 2)
        {
            // The end, or what a power cut has left of the last commit.
        }

        return last;
    }

    // Whole marks at any place, because where records begin is not known behind one that is damaged.
    private static int CountBehind(LaneSegments segments, uint seed, long address, long end)
    {
        var (layout, count) = (segments.Layout, 0);
        var page = new byte[layout.PageBytes];
        for (; address < end; address = layout.PageEnd(address))
        {
            var bytes = page.AsSpan(0, (int)(Math.Min(layout.PageEnd(address), end) - address));
            segments.Read(address, bytes);
            for (var at = 0; at < bytes.Length; at += LogLayout.Alignment)
            {
                count += RecordHeader.TryReadWhole(bytes[at..], seed, address + at, out var header) && header is { Kind: Kind, PayloadBytes: 0 } ? 1 : 0;
            }
        }

        return count;
    }
}
