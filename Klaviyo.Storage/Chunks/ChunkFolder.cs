using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>The chunk files of a store: found at its opening, written whole or not at all, deleted.</summary>
/// <threadsafety>One caller at a time, but for <see cref="Write"/>.</threadsafety>
internal sealed class ChunkFolder(ChunkOptions options)
{
    private const int WriteBytes = 1 << 20;

    // Files that are nobody's and could not be deleted.
    private readonly HashSet<string> _left = new(StringComparer.Ordinal);

    private IStorageFiles Files => options.Files;

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
        try
        {
            WriteTemporary(range.Lane, image);
            Files.Rename(ChunkRange.TemporaryName(range.Lane), range.Name);
        }
        catch
        {
            TemporaryFile.TryDelete(Files, ChunkRange.TemporaryName(range.Lane));
            throw;
        }

        Files.SyncDirectory(ChunkRange.Folder(range.Lane));
    }

    /// <summary>Takes note that a file that may have been left is a chunk's again.</summary>
    internal void Keep(string name) => _left.Remove(name);

    /// <summary>Deletes a chunk. Where that fails it stays, to be deleted later or at the next opening.</summary>
    /// <remarks>No answer depends on it: what it holds stands in the log. Only an erasure must have it gone.</remarks>
    internal void Delete(string name)
    {
        try
        {
            Files.Delete(name);
            _left.Remove(name);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _left.Add(name);
        }
    }

    /// <summary>Deletes what could not be deleted before. No chunk of the lane is being made.</summary>
    /// <exception cref="IOException">It still cannot.</exception>
    internal void DeleteLeft(int lane)
    {
        if (Files.Exists(ChunkRange.TemporaryName(lane)))
        {
            Files.Delete(ChunkRange.TemporaryName(lane));
        }

        foreach (var name in _left.ToArray())
        {
            Files.Delete(name);
            _left.Remove(name);
        }
    }

    private void WriteTemporary(int lane, ReadOnlySpan<byte> image)
    {
        using var file = Files.Open(ChunkRange.TemporaryName(lane), create: true);
        file.SetLength(0);
        for (var offset = 0; offset < image.Length; offset += WriteBytes)
        {
            file.Write(offset, image.Slice(offset, Math.Min(WriteBytes, image.Length - offset)));
        }

        file.Sync();
    }

    private IEnumerable<(string Name, ChunkRange Range)> Named(int lane)
    {
        foreach (var name in Files.List().Where(n => ChunkRange.IsOf(lane, n)))
        {
            yield return (name, ChunkRange.TryParse(lane, name, out var range) ? range : default);
        }
    }
}
