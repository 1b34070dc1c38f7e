using System.Collections.Concurrent;
using System.Globalization;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>The segment files of one lane, <c>lane-0/log.0</c> and on, each opened once.</summary>
/// <threadsafety>All members are safe for concurrent use; one writer at a time.</threadsafety>
internal sealed class LaneSegments : IDisposable
{
    private readonly IStorageFiles _files;
    private readonly ConcurrentDictionary<int, IStorageFile> _open = new();
    private readonly HashSet<int> _unsynced = [];
    private readonly Lock _opening = new();
    private bool _disposed;

    internal LaneSegments(IStorageFiles files, int lane, LogLayout layout)
    {
        _files = files;
        Folder = string.Create(CultureInfo.InvariantCulture, $"lane-{lane}");
        Layout = layout;
    }

    internal string Folder { get; }

    internal LogLayout Layout { get; }

    internal string Name(int segment) => string.Create(CultureInfo.InvariantCulture, $"{Folder}/log.{segment}");

    internal static string Name(int lane, int segment) =>
        string.Create(CultureInfo.InvariantCulture, $"lane-{lane}/log.{segment}");

    internal string NameAt(long address) => Name(Layout.SegmentOf(address));

    /// <summary>Fills <paramref name="into"/> from an address; all of it lies in one segment.</summary>
    internal void Read(long address, Span<byte> into) =>
        Open(Layout.SegmentOf(address), create: false).Read(Layout.OffsetInSegment(address), into);

    /// <summary>Writes at a place of a segment, which is created when it is the first write to it.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="offset">The place.</param>
    /// <param name="bytes">What is written; durable with the next <see cref="Sync"/>.</param>
    /// <param name="isAhead">Whether that is some time away.</param>
    internal void Write(int segment, long offset, ReadOnlySpan<byte> bytes, bool isAhead = false)
    {
        var file = Open(segment, create: true);
        file.Write(offset, bytes);
        if (isAhead)
        {
            file.WriteOut(offset, bytes.Length);
        }

        lock (_opening)
        {
            // Not before it is written: a sync that comes between would let go of it.
            _unsynced.Add(segment);
        }
    }

    /// <summary>Makes durable what was written before the call. Never call it again after it threw.</summary>
    internal void Sync()
    {
        int[] unsynced;
        lock (_opening)
        {
            unsynced = [.. _unsynced.Order()];
            _unsynced.Clear();
        }

        foreach (var segment in unsynced)
        {
            Open(segment, create: false).Sync();
        }
    }

    /// <summary>Makes segments durable that an earlier life wrote.</summary>
    internal void SyncEarlier(int first, int last)
    {
        for (var segment = first; segment <= last && _files.Exists(Name(segment)); segment++)
        {
            Open(segment, create: false).Sync();
        }
    }

    /// <summary>Gets the bytes that a segment has; 0 when there is no such file.</summary>
    internal long LengthOf(int segment) => _files.Exists(Name(segment)) ? Open(segment, create: false).Length : 0;

    /// <summary>Gets the address at which the files end, or a segment that is not full.</summary>
    internal long EndOfFiles()
    {
        var segment = 0;
        while (LengthOf(segment) == Layout.SegmentBytes)
        {
            segment++;
        }

        var end = (segment * Layout.SegmentBytes) + LengthOf(segment);
        return Math.Max(LogLayout.FirstAddress, end / LogLayout.Alignment * LogLayout.Alignment);
    }

    /// <summary>Whether an address is followed by no more than zeros, and those up to the end of the sector.</summary>
    internal bool IsBlankBehind(long address)
    {
        var bytes = EndOfFiles() - address;
        if (bytes >= LaneDevice.SectorBytes)
        {
            return false;
        }

        Span<byte> rest = stackalloc byte[(int)Math.Max(bytes, 0)];
        if (rest.Length > 0)
        {
            Read(address, rest);
        }

        return !rest.ContainsAnyExcept((byte)0);
    }

    /// <summary>Cuts off what lies at an address and behind, in its segment and in all later ones.</summary>
    internal void CutOff(long address)
    {
        var segment = Layout.SegmentOf(address);
        if (LengthOf(segment) > Layout.OffsetInSegment(address))
        {
            var file = Open(segment, create: false);
            file.SetLength(Layout.OffsetInSegment(address));
            file.Sync();
        }

        var deleted = false;
        for (var later = segment + 1; _files.Exists(Name(later)); later++)
        {
            Delete(later);
            deleted = true;
        }

        if (deleted)
        {
            _files.SyncDirectory(Folder);
        }
    }

    internal void Delete(int segment)
    {
        lock (_opening)
        {
            if (_open.TryRemove(segment, out var file))
            {
                file.Dispose();
            }

            _unsynced.Remove(segment);
            _files.Delete(Name(segment));
        }
    }

    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            foreach (var file in _open.Values)
            {
                file.Dispose();
            }
        }
    }

    private IStorageFile Open(int segment, bool create) =>
        _open.TryGetValue(segment, out var file) ? file : OpenSlowly(segment, create);

    private IStorageFile OpenSlowly(int segment, bool create)
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_open.TryGetValue(segment, out var file))
            {
                return file;
            }

            var name = Name(segment);
            file = create && !_files.Exists(name) ? Create(name) : _files.Open(name);
            _open[segment] = file;
            return file;
        }
    }

    private IStorageFile Create(string name)
    {
        var file = _files.Open(name, create: true);
        try
        {
            // A segment whose entry is lost in a power cut would take acknowledged records with it.
            _files.SyncDirectory(Folder);
            _files.SyncDirectory("");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
