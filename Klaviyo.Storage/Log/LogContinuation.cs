using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>Looks whether the files of the logs go on behind a cut.</summary>
/// <remarks>
/// What lies there does not exist: a life that ended before its commit left it. Only where the superblock has lost a slot may it
/// be what was acknowledged.
/// </remarks>
internal static class LogContinuation
{
    /// <summary>Finds a lane whose next record, whole and with the next sequence, lies behind the cut.</summary>
    /// <returns>The file of the record; null where no lane goes on.</returns>
    internal static string? FileBehind(IStorageFiles files, StoreManifest manifest, LogCut cut)
    {
        for (var lane = 0; lane < manifest.LaneCount; lane++)
        {
            using var segments = new LaneSegments(files, lane, manifest.Layout);
            if (Next(segments, RecordHeader.Seed(manifest.StoreId, lane), cut[lane]) is { } address)
            {
                return segments.NameAt(address.Value);
            }
        }

        return null;
    }

    private static LogAddress? Next(LaneSegments segments, uint seed, LaneCut cut)
    {
        var end = segments.EndOfFiles();
        using var scan = new LogScan(LaneReader.OfFiles(segments, seed, end), cut.Until.Value, end, cut.LastSequence + 1);
        try
        {
            return scan.MoveNext() ? scan.Current.Address : null;
        }
        catch (StoreCorruptedException)
        {
            // Behind the end there may be anything.
            return null;
        }
    }
}
