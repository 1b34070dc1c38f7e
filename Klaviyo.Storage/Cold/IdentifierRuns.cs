using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Cold;

/// <summary>The files with entries of the table of identifiers that left memory.</summary>
/// <remarks>
/// <para>A run is written once, behind the others of the file under way, and is waste when the next one of its group is written. A file of
/// which all is waste is deleted; where more than half of all is, the user writes runs anew.</para>
/// <para>They are derived and live as long as the store is open: an opening deletes what it finds, and a checkpoint has the entries
/// themselves.</para>
/// <code>
/// a page of 4096 bytes:
/// offset  bytes  what
///      0      4  CRC-32C over: seed of the store, number of the file, offset of the page, then bytes 4 to 4096
///      4      4  how many entries, 1 to 255
///      8      8  0
///     16  16 * n  entries: 64 bits of the hash; 24 more of it, lane (8 bits), ordinal (32); then zeros
/// </code>
/// </remarks>
/// <threadsafety>One caller at a time: the table's lock.</threadsafety>
internal sealed class IdentifierRuns : IDisposable
{
    internal const int PageBytes = 4096;
    private const int HeaderBytes = 16;
    private const int PageEntries = (PageBytes - HeaderBytes) / IdentifierTable.Entry.Bytes;
    private const int PiecePages = 16;

    private readonly IStorageFiles _files;
    private readonly string _prefix;
    private readonly uint _seed;
    private readonly long _fileBytesMax;
    private readonly List<IdentifierFile> _all = [];
    private byte[] _page = [];
    private byte[] _read = [];
    private byte[] _written = [];
    private IdentifierFile? _newest;
    private int _lastNumber;
    private bool _isDisposed;

    /// <summary>Deletes what an earlier life has left.</summary>
    internal IdentifierRuns(IStorageFiles files, string prefix, uint seed, long fileBytesMax)
    {
        (_files, _prefix, _seed, _fileBytesMax) = (files, prefix, seed, fileBytesMax);
        DeleteStrangers();
    }

    /// <summary>Gets the bytes of all files.</summary>
    internal long Bytes => _all.Sum(f => f.Length);

    /// <summary>Gets the file to write anew, because more than half of all files is waste; null where that is not so.</summary>
    internal IdentifierFile? Wasted
    {
        get
        {
            var live = _all.Sum(f => f.Live);
            return Bytes > (live * 2) + _fileBytesMax
                ? _all.Where(f => f != _newest && !f.IsDamaged && f.Live < f.Length).MaxBy(f => f.Length - f.Live)
                : null;
        }
    }

    /// <summary>Writes no more to the file under way: what comes next goes to a new one.</summary>
    internal void BeginAnew() => _newest = null;

    /// <summary>Writes entries that are in the order of their hashes.</summary>
    /// <returns>Null where there are none.</returns>
    /// <exception cref="IOException">They cannot be written; nothing has changed then.</exception>
    internal IdentifierRun? Write(IEnumerable<IdentifierTable.Entry> sorted, long entriesMax)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Make(ref _written, PiecePages * PageBytes);
        var (fences, filter) = (new List<ulong>(), new IdentifierFilter(entriesMax));
        var (count, inPage, pages, begin) = (0, 0, 0, 0L);
        IdentifierFile? file = null;
        foreach (var entry in sorted)
        {
            if (file is null)
            {
                file = FileUnderWay();
                begin = file.Length;
            }

            if (inPage == PageEntries)
            {
                Seal(file, begin, ref pages, inPage);
                inPage = 0;
            }

            if (inPage == 0)
            {
                fences.Add(entry.High);
            }

            MemoryMarshal.Write(_written.AsSpan((pages % PiecePages * PageBytes) + HeaderBytes + (inPage++ * IdentifierTable.Entry.Bytes)), entry);
            filter.Add(entry);
            count++;
        }

        if (file is null)
        {
            return null;
        }

        Seal(file, begin, ref pages, inPage);
        if (pages % PiecePages is > 0 and var rest)
        {
            file.Content.Write(begin + ((long)(pages - rest) * PageBytes), _written.AsSpan(0, rest * PageBytes));
        }

        file.Length += (long)pages * PageBytes;
        file.Live += (long)pages * PageBytes;
        return new IdentifierRun(file, begin, [.. fences], filter, count);
    }

    /// <summary>Finds an entry of a run.</summary>
    /// <exception cref="StoreCorruptedException">A page is not what was written there.</exception>
    internal bool TryFind(IdentifierRun run, in IdentifierTable.Entry sought, out IdentifierTable.Entry found)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Make(ref _page, PageBytes);
        for (var page = run.PagesOf(sought.High, out var first); page >= first; page--)
        {
            var offset = run.Offset + ((long)page * PageBytes);
            Fetch(run, offset, _page);
            foreach (ref readonly var entry in Entries(run, offset, _page))
            {
                if (entry.IsSameIdentifier(sought))
                {
                    found = entry;
                    return true;
                }
            }
        }

        found = default;
        return false;
    }

    /// <summary>Reads a run from its beginning to its end; one at a time.</summary>
    /// <exception cref="StoreCorruptedException">A page is not what was written there.</exception>
    internal IEnumerable<IdentifierTable.Entry> Read(IdentifierRun run)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Make(ref _read, PiecePages * PageBytes);
        for (var page = 0; page < run.Pages; page++)
        {
            var offset = run.Offset + ((long)page * PageBytes);
            if (page % PiecePages == 0)
            {
                Fetch(run, offset, _read.AsSpan(0, Math.Min(PiecePages, run.Pages - page) * PageBytes));
            }

            var start = page % PiecePages * PageBytes;
            var count = Entries(run, offset, _read.AsSpan(start, PageBytes)).Length;
            for (var i = 0; i < count; i++)
            {
                yield return MemoryMarshal.Read<IdentifierTable.Entry>(
                    _read.AsSpan(start + HeaderBytes + (i * IdentifierTable.Entry.Bytes)));
            }
        }
    }

    /// <summary>Tells that nobody names a run any more.</summary>
    internal static void Release(IdentifierRun run) => run.File.Live -= (long)run.Pages * PageBytes;

    /// <summary>Deletes the files in which nothing lives.</summary>
    /// <exception cref="IOException">One cannot be deleted; it is tried again the next time.</exception>
    internal void DeleteWaste()
    {
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i] is { Live: 0 } file && file != _newest)
            {
                file.Content.Dispose();
                _files.Delete(Name(file));
                _all.RemoveAt(i);
            }
        }
    }

    /// <summary>Deletes files that are there but not of this life.</summary>
    internal void DeleteStrangers()
    {
        foreach (var name in _files.List().Where(n => n.StartsWith(_prefix, StringComparison.Ordinal) && !_all.Exists(f => Name(f) == n)))
        {
            _files.Delete(name);
        }
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        foreach (var file in _all)
        {
            file.Content.Dispose();
            TemporaryFile.TryDelete(_files, Name(file));
        }
    }

    private IdentifierFile FileUnderWay()
    {
        if (_newest is null || _newest.Length >= _fileBytesMax)
        {
            var number = _lastNumber + 1;
            _newest = new IdentifierFile(number, _files.Open(NameOf(number), create: true));
            _lastNumber = number;
            _all.Add(_newest);
        }

        return _newest;
    }

    private void Seal(IdentifierFile file, long begin, ref int pages, int entries)
    {
        var page = _written.AsSpan(pages % PiecePages * PageBytes, PageBytes);
        page[..HeaderBytes].Clear();
        page[(HeaderBytes + (entries * IdentifierTable.Entry.Bytes))..].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(page[4..], entries);
        BinaryPrimitives.WriteUInt32LittleEndian(page, Checksum(file, begin + ((long)pages * PageBytes), page));
        if (++pages % PiecePages == 0)
        {
            file.Content.Write(begin + ((long)(pages - PiecePages) * PageBytes), _written);
        }
    }

    private void Fetch(IdentifierRun run, long offset, Span<byte> into)
    {
        try
        {
            run.File.Content.Read(offset, into);
        }
        catch (EndOfStreamException)
        {
            throw Damaged(run, offset);
        }
    }

    private ReadOnlySpan<IdentifierTable.Entry> Entries(IdentifierRun run, long offset, ReadOnlySpan<byte> page)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(page[4..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(page) == Checksum(run.File, offset, page) && count is > 0 and <= PageEntries
            ? MemoryMarshal.Cast<byte, IdentifierTable.Entry>(page.Slice(HeaderBytes, count * IdentifierTable.Entry.Bytes))
            : throw Damaged(run, offset);
    }

    private uint Checksum(IdentifierFile file, long offset, ReadOnlySpan<byte> page) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Add(_seed, file.Number), offset), page[4..]));

    private StoreCorruptedException Damaged(IdentifierRun run, long offset)
    {
        (run.IsDamaged, run.File.IsDamaged) = (true, true);
        return new StoreCorruptedException(
            Name(run.File), offset, null, null, "Identifiers are damaged. Open the store again: they are made anew from the log.");
    }

    private string Name(IdentifierFile file) => NameOf(file.Number);

    private string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{number}");

    private static void Make(ref byte[] buffer, int bytes)
    {
        if (buffer.Length == 0)
        {
            buffer = GC.AllocateUninitializedArray<byte>(bytes);
        }
    }
}
