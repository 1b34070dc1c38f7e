using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;
using Klaviyo.Storage.Salvage;

namespace Klaviyo.Storage.Forking;

/// <summary>Copies the log of one lane, page by page, under the id of another store.</summary>
internal sealed class LaneFork : IDisposable
{
    private readonly LaneLog _source;
    private readonly LaneSegments _segments;
    private readonly uint _seed;
    private readonly byte[] _page;
    private long _pageStart;
    private int _pageBytes;
    private long _tail;
    private long _sequence;
    private int _lastProfile = -1;

    internal LaneFork(LaneLog source, IStorageFiles target, StoreManifest manifest)
    {
        _source = source;
        _segments = new LaneSegments(target, source.Lane, manifest.Layout);
        _seed = RecordHeader.Seed(manifest.StoreId, source.Lane);
        _page = new byte[manifest.Layout.PageBytes];
        _tail = source.Begin.Value;
        _pageStart = Layout.PageStart(_tail);
    }

    private LogLayout Layout => _segments.Layout;

    /// <summary>Copies the records of the lane that lie before a position, and the erasures behind it.</summary>
    /// <param name="at">The position, of all lanes.</param>
    /// <param name="durable">The durable end of the lane.</param>
    /// <param name="salvaged">Erasures of the lane that lie behind that, in a store of which something is lost.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <returns>What the lane of the new store has: it is on the medium.</returns>
    /// <exception cref="ArgumentException">The store was never in a state that ends there.</exception>
    internal LaneCut Copy(StorePosition at, LogAddress durable, IReadOnlyList<SalvagedErasure> salvaged, CancellationToken cancellationToken)
    {
        var until = new LogAddress(at.Addresses[_source.Lane]);
        using var scan = _source.Scan(_source.Begin, durable);
        while (scan.Next < until && scan.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            _ = _source.Decode(scan.Current, record => ThrowIfAhead(record, at));
            _lastProfile = Math.Max(_lastProfile, _source.Decode(scan.Current, NamedProfile) ?? -1);
            Put(scan.Current);
        }

        if (scan.Next != until)
        {
            throw new ArgumentException($"No record ends at {until.Value} in lane {_source.Lane}: the position is not one of this store.");
        }

        CopyErasures(scan, salvaged, cancellationToken);
        if (_sequence > 0)
        {
            WritePage(_pageBytes);
        }

        _segments.Sync();
        return new LaneCut(_source.Begin, new LogAddress(_tail), _sequence);
    }

    public void Dispose() => _segments.Dispose();

    // Lanes know of each other only by merges and splits, which say how far every lane was, and by the two records of a relation.
    private static bool ThrowIfAhead(LogRecord record, StorePosition at)
    {
        if ((RecordKind)record.Kind is RecordKind.Merge or RecordKind.Split
            && MergeRecord.Read(record.Payload).Tails.Zip(at.Addresses).Any(lane => lane.First > lane.Second))
        {
            throw new ArgumentException("The position has a merge, but in another lane not all that came before it; take one from Position.");
        }

        if (record.Kind == (byte)RecordKind.Relation
            && RelationRecord.Read(record.Payload) is var relation
            && at.Addresses[relation.Other.Lane] <= relation.OtherTail)
        {
            throw new ArgumentException("The position has a relation of which the other side is missing; take one from Position.");
        }

        return true;
    }

    // The profile that a record creates, extends or erases.
    private static int? NamedProfile(LogRecord record)
    {
        return (RecordKind)record.Kind switch
        {
            RecordKind.Identifiers => IdentifiersRecord.Read(record.Payload).Profile,
            RecordKind.Erase => EraseRecord.Read(record.Payload).Profile,
            _ => null,
        };
    }

    // Who was erased since must not come back in a copy of older times. The records of an erased profile may be gone, also the
    // one that created it; but numbers are given in order, so it is older than the position if its number is below the first
    // one that was given behind.
    private void CopyErasures(LogScan scan, IReadOnlyList<SalvagedErasure> salvaged, CancellationToken cancellationToken)
    {
        var erasures = new List<(int Profile, ReadOnlyMemory<byte> Payload)>();
        var firstNew = int.MaxValue;
        while (scan.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_source.Decode(scan.Current, NamedProfile) is not { } profile)
            {
                continue;
            }

            if (scan.Current.Kind == (byte)RecordKind.Erase)
            {
                erasures.Add((profile, scan.Current.Payload.ToArray()));
            }
            else if (profile > _lastProfile)
            {
                firstNew = Math.Min(firstNew, profile);
            }
        }

        erasures.AddRange(salvaged.Select(e => (e.Profile, e.Record.Payload)));
        foreach (var (_, payload) in erasures.Where(e => e.Profile < firstNew))
        {
            var address = Layout.Place(_tail, LogLayout.SpaceOf(payload.Length));
            Put(new LogRecord(new LogAddress(address), (byte)RecordKind.Erase, _sequence + 1, payload));
        }
    }

    private void Put(in LogRecord record)
    {
        var start = Layout.PageStart(record.Address.Value);
        if (start != _pageStart)
        {
            // What is left of the page is zero and is written too: a segment has to be as long as its addresses.
            WritePage(_page.Length);
            _pageStart = start;
            _page.AsSpan().Clear();
        }

        var offset = (int)(record.Address.Value - start);
        var header = new RecordHeader(record.Payload.Length, record.Kind, record.Sequence);
        var entry = _page.AsSpan(offset, RecordHeader.EntryBytes + record.Payload.Length);
        header.Write(entry, record.Payload.Span, _seed, record.Address.Value);
        _pageBytes = offset + LogLayout.SpaceOf(record.Payload.Length);
        _tail = start + _pageBytes;
        _sequence = record.Sequence;
    }

    private void WritePage(int bytes) =>
        _segments.Write(Layout.SegmentOf(_pageStart), Layout.OffsetInSegment(_pageStart), _page.AsSpan(0, bytes));
}
