using System.Collections.Immutable;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Salvage;

/// <summary>The logs of a store of which anything may be damaged.</summary>
internal sealed class SalvagedLogs : IDisposable
{
    private readonly StoreManifest _manifest;
    private readonly ImmutableArray<LaneSegments> _segments;
    private readonly ImmutableArray<LaneReader> _readers;
    private readonly bool _endsAreKnown;
    private readonly long[] _lastWhole;
    private readonly List<SalvagedErasure> _erasures = [];

    /// <summary>Initializes the logs.</summary>
    /// <param name="files">The files.</param>
    /// <param name="manifest">What the store is.</param>
    /// <param name="ends">Where the logs end; null where that is lost.</param>
    internal SalvagedLogs(IStorageFiles files, StoreManifest manifest, ImmutableArray<long>? ends)
    {
        _manifest = manifest;
        _segments = [.. Enumerable.Range(0, manifest.LaneCount).Select(lane => new LaneSegments(files, lane, manifest.Layout))];
        (_endsAreKnown, _lastWhole) = (ends is not null, new long[manifest.LaneCount]);
        Ends = new LogCut([.. _segments.Select((s, lane) => new LaneCut(
            new LogAddress(LogLayout.FirstAddress), new LogAddress(ends?[lane] ?? s.EndOfFiles()), 0))]);
        _readers = [.. _segments.Select((s, lane) => LaneReader.OfFiles(s, RecordHeader.Seed(manifest.StoreId, lane), Ends[lane].Until.Value))];
    }

    /// <summary>Gets where the logs end, or the files do; the sequences are not known.</summary>
    internal LogCut Ends { get; }

    /// <summary>Follows the logs from a cut, each as long as its records are whole.</summary>
    internal LogCut Follow(LogCut from) => new([.. from.Lanes.Select((cut, lane) => Follow(lane, cut, Ends[lane].Until.Value, out _))]);

    /// <summary>Ends a lane before a record that makes no sense.</summary>
    /// <returns>Null where there is no such record before the ends.</returns>
    internal LogCut? Shorten(LogCut ends, StoreCorruptedException damage)
    {
        for (var lane = 0; lane < _segments.Length; lane++)
        {
            if (damage.Address is { } address && address < ends[lane].Until.Value && damage.File == _segments[lane].NameAt(address))
            {
                return new LogCut(ends.Lanes.SetItem(lane, Follow(lane, LaneCut.Empty, address, out _)));
            }
        }

        return null;
    }

    /// <summary>Notes every place of the logs that is damaged.</summary>
    internal void NoteLosses(List<StoreLoss> losses)
    {
        for (var lane = 0; lane < _segments.Length; lane++)
        {
            NoteLosses(lane, losses);
        }
    }

    /// <summary>Notes which records are whole and are not read, because others before them are lost.</summary>
    internal void NoteUnread(LogCut ends, List<StoreLoss> losses)
    {
        for (var lane = 0; lane < _segments.Length; lane++)
        {
            var (end, last) = (ends[lane].Until.Value, _lastWhole[lane]);
            if (last > ends[lane].LastSequence)
            {
                losses.Add(new StoreLoss(
                    _segments[lane].NameAt(end), _manifest.Layout.OffsetInSegment(end), end, ends[lane].LastSequence + 1,
                    $"The records of lane {lane} from sequence {ends[lane].LastSequence + 1} to {last} are not read: what they mean depends on those that are lost."));
            }
        }
    }

    /// <summary>Gets who was erased behind the ends: whoever reads what is left must not see them.</summary>
    internal IReadOnlyList<SalvagedErasure> ErasuresBehind(LogCut ends) =>
        [.. _erasures.Where(e => e.Record.Address >= ends[e.Lane].Until)];

    /// <summary>Gives the files of the logs the lengths that they must have, zeros where bytes are missing.</summary>
    internal void Lengthen(OverlaidFiles files, LogCut ends)
    {
        var layout = _manifest.Layout;
        for (var lane = 0; lane < _segments.Length; lane++)
        {
            var until = ends[lane].Until.Value;
            for (var segment = 0; !ends[lane].IsEmpty && segment <= layout.SegmentOf(until - 1); segment++)
            {
                files.Lengthen(LaneSegments.Name(lane, segment), Math.Min(until - (segment * layout.SegmentBytes), layout.SegmentBytes));
            }
        }
    }

    public void Dispose()
    {
        foreach (var segments in _segments)
        {
            segments.Dispose();
        }
    }

    private LaneCut Follow(int lane, LaneCut from, long until, out StoreCorruptedException? damage, Action<LogRecord>? found = null)
    {
        (var cut, damage) = (from, null);
        using var scan = new LogScan(_readers[lane], from.Until.Value, until, from.LastSequence + 1);
        try
        {
            while (scan.MoveNext())
            {
                cut = cut with { Until = scan.Next, LastSequence = scan.Current.Sequence };
                found?.Invoke(scan.Current);
            }
        }
        catch (StoreCorruptedException broken)
        {
            damage = broken;
        }
        catch (IOException fault)
        {
            damage = _readers[lane].Corrupted(cut.Until.Value, cut.LastSequence + 1, $"The file cannot be read: {fault.Message}");
        }

        return cut;
    }

    private void NoteLosses(int lane, List<StoreLoss> losses)
    {
        for (LaneCut? from = LaneCut.Empty; from is not null;)
        {
            var cut = Follow(lane, from.Value, Ends[lane].Until.Value, out var damage, record => NoteErasure(lane, record));
            _lastWhole[lane] = cut.LastSequence;
            from = damage is null ? null : FindWhole(lane, damage.Address ?? cut.Until.Value, cut.LastSequence);
            if (damage is not null && (from is not null || _endsAreKnown))
            {
                var lost = from is { } next ? $"up to {next.LastSequence}" : "on";
                losses.Add(new StoreLoss(
                    damage.File, damage.Offset, damage.Address, cut.LastSequence + 1,
                    $"{damage.Message} The records of lane {lane} from sequence {cut.LastSequence + 1} {lost} are lost."));
            }
        }
    }

    private void NoteErasure(int lane, in LogRecord record)
    {
        if (record.Kind == (byte)RecordKind.Erase)
        {
            _erasures.Add(new SalvagedErasure(lane, record with { Payload = record.Payload.ToArray() }));
        }
    }

    // Records lie at multiples of four; the checksum knows of each where it lies.
    private LaneCut? FindWhole(int lane, long behind, long sequence)
    {
        var (layout, until) = (_manifest.Layout, Ends[lane].Until.Value);
        var buffer = new byte[layout.PageBytes];
        for (var from = behind + LogLayout.Alignment; from < until; from = layout.PageEnd(from))
        {
            var page = buffer.AsSpan(0, (int)(Math.Min(layout.PageEnd(from), until) - from));
            if (TryRead(lane, from, page) && FirstWhole(lane, page, from, sequence) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private bool TryRead(int lane, long address, Span<byte> into)
    {
        try
        {
            for (var read = 0; read < into.Length;)
            {
                read += _readers[lane].FetchRun(address + read, Ends[lane].Until.Value, into[read..]);
            }

            return true;
        }
        catch (Exception fault) when (fault is StoreCorruptedException or IOException)
        {
            return false;
        }
    }

    private LaneCut? FirstWhole(int lane, ReadOnlySpan<byte> page, long address, long behind)
    {
        var seed = RecordHeader.Seed(_manifest.StoreId, lane);
        for (; page.Length >= RecordHeader.EntryBytes; page = page[LogLayout.Alignment..], address += LogLayout.Alignment)
        {
            if (RecordHeader.TryReadWhole(page, seed, address, out var header) && header.Sequence > behind)
            {
                return LaneCut.Empty with { Until = new LogAddress(address), LastSequence = header.Sequence - 1 };
            }
        }

        return null;
    }
}
