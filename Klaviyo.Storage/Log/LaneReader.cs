namespace Klaviyo.Storage.Log;

/// <summary>
/// Reads the bytes of one lane, from our recent pages or from its segments, and checks what they say.
/// </summary>
/// <threadsafety>All members are safe for concurrent use, and with one writer.</threadsafety>
internal sealed class LaneReader(LaneSegments segments, RecentPages recent, FlushProgress progress, uint seed)
{
    // One read of the disk serves a record up to this size.
    private const int FirstBytes = 512;

    // The recent pages hold nothing from before the open, not even of the page that the tail was on.
    private readonly long _recentFrom = progress.Flushed;

    private int _overwrites;

    internal LogLayout Layout => segments.Layout;

    /// <summary>Makes a reader of what is in the files, which nobody writes.</summary>
    internal static LaneReader OfFiles(LaneSegments segments, uint seed, long end) =>
        new(segments, new RecentPages(segments.Layout, pages: 1), new FlushProgress(end, new LogFault()), seed);

    /// <summary>Gets a number that is odd while a record is being overwritten, and another one afterwards.</summary>
    internal int Overwrites => Volatile.Read(ref _overwrites);

    internal void BeginOverwrite() => Interlocked.Increment(ref _overwrites);

    internal void EndOverwrite() => Interlocked.Increment(ref _overwrites);

    /// <summary>Whether a record that was read since may be half old and half new.</summary>
    internal bool MayBeHalf(int overwrites) => overwrites % 2 != 0 || overwrites != Overwrites;

    /// <summary>Reads one record that lies below <paramref name="tail"/>.</summary>
    internal LogRecord Read(long address, long tail, ref byte[] buffer)
    {
        while (true)
        {
            var overwrites = Overwrites;
            try
            {
                return ReadOnce(address, tail, ref buffer);
            }
            catch (StoreCorruptedException) when (MayBeHalf(overwrites))
            {
                Thread.Yield();
            }
        }
    }

    private LogRecord ReadOnce(long address, long tail, ref byte[] buffer)
    {
        var end = Math.Min(Layout.PageEnd(address), tail);
        var count = Fetch(address, end, FirstBytes, ref buffer);
        var entryBytes = EntryBytes(buffer.AsSpan(0, count), address, end, null);
        if (count < entryBytes)
        {
            Fetch(address, end, entryBytes, ref buffer);
        }

        return Verify(buffer.AsMemory(0, entryBytes), address, null);
    }

    /// <summary>Gets a record where it lies in memory, unchecked: nobody but us has written there since it was appended.</summary>
    /// <returns>False when its page is only in the file.</returns>
    /// <remarks>Valid as long as nothing is appended.</remarks>
    internal bool TryGetRecent(long address, out LogRecord record)
    {
        record = default;
        if (address < _recentFrom || !recent.TryGet(address, out var bytes))
        {
            return false;
        }

        var header = RecordHeader.Read(bytes.Span);
        var payload = bytes.Slice(RecordHeader.EntryBytes, header.PayloadBytes);
        record = new LogRecord(new LogAddress(address), header.Kind, header.Sequence, payload);
        return true;
    }

    /// <summary>
    /// Copies what lies at an address, as much as one source has, at most to <paramref name="until"/>.
    /// </summary>
    internal int FetchRun(long address, long until, Span<byte> into)
    {
        while (true)
        {
            var flushed = progress.Flushed;
            if (address < flushed)
            {
                var end = Math.Min(Math.Min(until, flushed), Layout.SegmentEnd(address));
                return ReadFile(address, into[..(int)Math.Min(into.Length, end - address)]);
            }

            // When the page has just left, it is in the file, and the next turn finds it there.
            var pageEnd = Math.Min(until, Layout.PageEnd(address));
            var part = into[..(int)Math.Min(into.Length, pageEnd - address)];
            if (recent.TryCopy(address, part))
            {
                return part.Length;
            }
        }
    }

    /// <summary>Gets the length of an entry from its header, if the header can be one.</summary>
    internal int EntryBytes(ReadOnlySpan<byte> header, long address, long end, long? sequence)
    {
        if (header.Length < RecordHeader.EntryBytes)
        {
            throw Corrupted(address, sequence, "The log has no room for a record where one must begin.");
        }

        var payloadBytes = RecordHeader.Read(header).PayloadBytes;
        var entryBytes = RecordHeader.EntryBytes + payloadBytes;
        if (RecordHeader.EntryLength(header) != entryBytes - RecordHeader.EntryOffset
            || address + LogLayout.SpaceOf(payloadBytes) > end)
        {
            throw Corrupted(address, sequence, "The length of a record is damaged.");
        }

        return entryBytes;
    }

    /// <summary>Checks a whole entry and gives the record in it.</summary>
    internal LogRecord Verify(ReadOnlyMemory<byte> entry, long address, long? sequence)
    {
        if (!RecordHeader.IsIntact(entry.Span, seed, address))
        {
            throw Corrupted(address, sequence, "The checksum of a record does not match.");
        }

        var header = RecordHeader.Read(entry.Span);
        if (sequence is not null && header.Sequence != sequence)
        {
            throw Corrupted(address, sequence, $"A record has the sequence {header.Sequence}.");
        }

        return new LogRecord(new LogAddress(address), header.Kind, header.Sequence, entry[RecordHeader.EntryBytes..]);
    }

    internal StoreCorruptedException Corrupted(long address, long? sequence, string message) =>
        new(segments.NameAt(address), Layout.OffsetInSegment(address), address, sequence, message);

    private int Fetch(long address, long end, int bytes, ref byte[] buffer)
    {
        var count = (int)Math.Min(bytes, end - address);
        if (buffer.Length < count)
        {
            buffer = new byte[Math.Max(count, 2 * buffer.Length)];
        }

        if (address >= _recentFrom && recent.TryCopy(address, buffer.AsSpan(0, count)))
        {
            return count;
        }

        return ReadFile(address, buffer.AsSpan(0, (int)Math.Min(count, progress.Flushed - address)));
    }

    private int ReadFile(long address, Span<byte> into)
    {
        try
        {
            segments.Read(address, into);
            return into.Length;
        }
        catch (Exception e) when (e is EndOfStreamException or FileNotFoundException)
        {
            throw Corrupted(address, null, "The file ends before the log does.");
        }
    }
}
