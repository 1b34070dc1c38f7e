using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>The chunk files of a store: found at its opening, written whole or not at all, deleted.</summary>
internal sealed class ChunkFolder(ChunkOptions options)
{
    private const int WriteBytes = 1 << 20;

    private IStorageFiles Files => options.Files;

    /// <summary>Deletes every chunk of a store that is not open: the log that they were made of was overwritten.</summary>
    internal static void DeleteAll(IStorageFiles files)
    {
        foreach (var name in files.List().Where(n => n.Contains("/chunk.", StringComparison.Ordinal)))
        {
            files.Delete(name);
        }
    }

    /// <summary>Lists the chunks of a lane and deletes what cannot be one: torn, covered twice, ahead of the log.</summary>
    internal IEnumerable<ChunkRange> Find(int lane)
    {
        var covered = 0L;
        foreach (var (name, range) in Named(lane).OrderBy(n => n.Range))
        {
            var isWanted = range.From >= covered && range.Until <= options.Log.Durable[lane].Until.Value;
            if (isWanted && range != default)
            {
                covered = range.Until;
                yield return range;
            }
            else
            {
                Delete(name);
            }
        }
    }

    /// <summary>Writes a chunk; it has its name when all of it is on the medium.</summary>
    internal void Write(ChunkRange range, ReadOnlySpan<byte> image)
    {
        var temporary = ChunkRange.TemporaryName(range.Lane);
        using (var file = Files.Open(temporary, create: true))
        {
            file.SetLength(0);
            for (var offset = 0; offset < image.Length; offset += WriteBytes)
            {
                file.Write(offset, image.Slice(offset, Math.Min(WriteBytes, image.Length - offset)));
            }

            file.Sync();
        }

        Files.Rename(temporary, range.Name);
        Files.SyncDirectory(ChunkRange.Folder(range.Lane));
    }

    /// <summary>Deletes a chunk. Where that fails it stays, and is found and judged again at the next opening.</summary>
    internal void Delete(string name)
    {
        try
        {
            Files.Delete(name);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it: what it holds stands in the log.
        }
    }

    private IEnumerable<(string Name, ChunkRange Range)> Named(int lane)
    {
        foreach (var name in Files.List().Where(n => ChunkRange.IsOf(lane, n)))
        {
            yield return (name, ChunkRange.TryParse(lane, name, out var range) ? range : default);
        }
    }
}
