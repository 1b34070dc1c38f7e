using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Forking;

/// <summary>Copies the log of one lane, page by page, under the id of another store.</summary>
/// <remarks>The files are opened for synced writes, so what is copied is on the medium.</remarks>
internal sealed class LaneFork : IDisposable
{
    private readonly LaneLog _source;
    private readonly LaneSegments _segments;
    private readonly uint _seed;
    private readonly byte[] _page;
    private long _pageStart;
    private int _pageBytes;

    internal LaneFork(LaneLog source, IStorageFiles target, StoreManifest manifest)
    {
        _source = source;
        _segments = new LaneSegments(target, source.Lane, manifest.Layout);
        _seed = RecordHeader.Seed(manifest.StoreId, source.Lane);
        _page = new byte[manifest.Layout.PageBytes];
        _pageStart = Layout.PageStart(source.Begin.Value);
    }

    private LogLayout Layout => _segments.Layout;

    /// <summary>Copies the records of the lane that lie before a position.</summary>
    /// <param name="at">The position, of all lanes.</param>
    /// <param name="durable">The durable end of the lane.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <returns>What the lane of the new store has.</returns>
    /// <exception cref="ArgumentException">The store was never in a state that ends there.</exception>
    internal LaneCut Copy(StorePosition at, LogAddress durable, CancellationToken cancellationToken)
    {
        long sequence = 0;
        var until = new LogAddress(at.Addresses[_source.Lane]);
        using var scan = _source.Scan(_source.Begin, durable);
        while (scan.Next < until && scan.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfAhead(scan.Current, at);
            Put(scan.Current);
            sequence = scan.Current.Sequence;
        }

        if (scan.Next != until)
        {
            throw new ArgumentException($"No record ends at {until.Value} in lane {_source.Lane}: the position is not one of this store.");
        }

        if (sequence > 0)
        {
            WritePage(_pageBytes);
        }

        return new LaneCut(_source.Begin, until, sequence);
    }

    public void Dispose() => _segments.Dispose();

    // Lanes know of each other only by merges, and a merge says how far every lane was.
    private static void ThrowIfAhead(in LogRecord record, StorePosition at)
    {
        if ((RecordKind)record.Kind is RecordKind.Merge or RecordKind.Split
            && MergeRecord.Read(record.Payload).Tails.Zip(at.Addresses).Any(lane => lane.First > lane.Second))
        {
            throw new ArgumentException("The position has a merge, but in another lane not all that came before it; take one from Position.");
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
    }

    private void WritePage(int bytes) =>
        _segments.Write(Layout.SegmentOf(_pageStart), Layout.OffsetInSegment(_pageStart), _page.AsSpan(0, bytes));
}
