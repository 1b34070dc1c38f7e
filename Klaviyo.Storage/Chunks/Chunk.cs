using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>The events of a stretch of one lane's log, as columns: in a file, or in memory for what has no file yet.</summary>
/// <remarks>
/// <para>Metrics one after the other, the rows of each sorted by profile, time and arrival; so one profile's events of a
/// metric lie together, and a report reads only the columns that it needs.</para>
/// <para>Nothing is read before it is asked for: opening a store with a thousand chunks lists their names.</para>
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class Chunk : IDisposable
{
    private readonly System.Threading.Lock _opening = new();
    private readonly IStorageFiles? _files;
    private readonly Guid _store;
    private IStorageFile? _file;
    private MetricColumns[]? _metrics;
    private bool _disposed;

    /// <summary>Initializes a chunk that lies in a file.</summary>
    internal Chunk(IStorageFiles files, ChunkRange range, Guid store, ChunkCache cache) =>
        (_files, Range, _store, Cache) = (files, range, store, cache);

    /// <summary>Initializes a chunk that lies in memory, with <see cref="ChunkPart.Slack"/> bytes behind it.</summary>
    internal Chunk(byte[] image, ChunkRange range, Guid store, ChunkCache cache) =>
        (Image, Range, _store, Cache) = (image, range, store, cache);

    internal ChunkRange Range { get; }

    internal ChunkCache Cache { get; }

    /// <summary>Gets the bytes of a chunk that lies in memory.</summary>
    internal byte[]? Image { get; }

    /// <summary>Gets the metrics, by their codes.</summary>
    /// <exception cref="ChunkUnreadableException">The file cannot be read, or is damaged.</exception>
    internal ReadOnlySpan<MetricColumns> Metrics => Volatile.Read(ref _metrics) ?? ReadDirectory();

    /// <summary>Finds a metric.</summary>
    /// <returns>Null where no event of the stretch is of it.</returns>
    internal MetricColumns? Find(int metric)
    {
        var metrics = Metrics;
        int low = 0, high = metrics.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = metrics[middle].Metric < metric ? (middle + 1, high) : (low, middle);
        }

        return low < metrics.Length && metrics[low].Metric == metric ? metrics[low] : null;
    }

    /// <summary>Reads a part, with some bytes to spare behind it.</summary>
    /// <exception cref="ChunkUnreadableException">The file cannot be read, or the checksum does not match.</exception>
    internal byte[] Read(PartPlace place)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(place.Bytes + ChunkPart.Slack);
        var part = bytes.AsSpan(0, place.Bytes);
        ReadAt(place.Offset, part);
        return Crc32C.Of(part) == place.Crc ? bytes : throw new ChunkUnreadableException(Range, null);
    }

    /// <summary>Gets the length of the file.</summary>
    internal long Length()
    {
        try
        {
            return Image is null ? Open().Length : Image.Length - ChunkPart.Slack;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            throw new ChunkUnreadableException(Range, fault);
        }
    }

    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            _file?.Dispose();
        }
    }

    private MetricColumns[] ReadDirectory()
    {
        var header = new byte[ChunkHeader.Bytes];
        var length = Length();
        ReadAt(0, header);
        var read = ChunkHeader.Read(header, _store, Range);
        if (read.DirectoryOffset < ChunkHeader.Bytes || read.DirectoryOffset > length
            || read.DirectoryBytes != length - read.DirectoryOffset)
        {
            throw new ChunkUnreadableException(Range, null);
        }

        var directory = new byte[read.DirectoryBytes];
        ReadAt(read.DirectoryOffset, directory);
        if (!read.IsIntact(header, directory))
        {
            throw new ChunkUnreadableException(Range, null);
        }

        var metrics = new ChunkDirectory(this, directory).ReadMetrics(read.Metrics);
        return Interlocked.CompareExchange(ref _metrics, metrics, null) ?? metrics;
    }

    private void ReadAt(long offset, Span<byte> into)
    {
        try
        {
            if (Image is null)
            {
                Open().Read(offset, into);
            }
            else
            {
                Image.AsSpan((int)offset, into.Length).CopyTo(into);
            }
        }
        catch (Exception fault) when (fault is IOException or ArgumentOutOfRangeException or ObjectDisposedException)
        {
            throw new ChunkUnreadableException(Range, fault);
        }
    }

    private IStorageFile Open()
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _file ??= _files!.Open(Range.Name);
        }
    }
}
