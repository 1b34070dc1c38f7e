using System.Runtime.CompilerServices;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Who enters and leaves segments, as the log tells it.
internal sealed partial class Store
{
    /// <summary>Follows who enters and leaves segments.</summary>
    internal async IAsyncEnumerable<SegmentChange> FollowSegmentsAsync(
        string? name, StorePosition? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (places, skip) = (PlacesOf(from), from?.Skip);
        while (true)
        {
            var pulse = Commits.NextPulse;
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (var change in ReadChanges(places, skip, name, cancellationToken))
            {
                yield return change;
            }

            skip = null;
            await pulse.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gets the changes that are durable now.</summary>
    internal IEnumerable<SegmentChange> DurableChanges(string? name, StorePosition? from) =>
        ReadChanges(PlacesOf(from), from?.Skip, name, CancellationToken.None);

    private IEnumerable<SegmentChange> ReadChanges(
        long[] places, PositionSkip? skip, string? name, CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
        {
            var until = _log.Durable[lane.State.Lane].Until;
            using var scan = lane.Log.Scan(new LogAddress(places[lane.State.Lane]), until);
            for (var moved = false; scan.MoveNext(); moved = true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var record = scan.Current;
                if ((RecordKind)record.Kind is RecordKind.Membership or RecordKind.Erase)
                {
                    var here = new StorePosition([.. places]);
                    var behind = new StorePosition([.. places.Select((p, i) => i == lane.State.Lane ? scan.Next.Value : p)]);
                    var seen = skip is { } s && s.Lane == lane.State.Lane && !moved ? s.Count : 0;
                    var changes = (RecordKind)record.Kind == RecordKind.Erase
                        ? ChangesByErasing(lane, EraseRecord.Read(record.Payload), seen, here, behind)
                        : Changes(lane, record.Payload.Span, seen, here, behind);
                    foreach (var change in changes)
                    {
                        if (name is null || change.Segment == name)
                        {
                            yield return change;
                        }
                    }
                }

                places[lane.State.Lane] = scan.Next.Value;
            }
        }
    }

    // Whatever a reader has heard of an erased profile, and whatever of that is hidden or gone by now: it is in no segment.
    private List<SegmentChange> ChangesByErasing(Lane lane, in EraseRecord erase, int seen, StorePosition here, StorePosition behind)
    {
        using var gate = Enter(lane.State.Lane);
        var (names, changes) = (State.Definitions.SegmentNames, new List<SegmentChange>());
        for (var i = seen; i < names.Count; i++)
        {
            changes.Add(new SegmentChange(
                names[i],
                new ProfileKey(lane.State.Lane, erase.Profile).Id,
                Entered: false,
                Instant.FromUnixMs(erase.TimeMs),
                SegmentChangeCause.Erase,
                i == names.Count - 1 ? behind : here.Behind(lane.State.Lane, i + 1)));
        }

        return changes;
    }

    // Of the erased nothing else is told.
    private List<SegmentChange> Changes(Lane lane, ReadOnlySpan<byte> payload, int seen, StorePosition here, StorePosition behind)
    {
        using var gate = Enter(lane.State.Lane);
        var (changes, count) = (new List<SegmentChange>(), 0);
        var record = MembershipRecord.Read(payload);
        var offset = MembershipRecord.HeadBytes;
        for (var i = 0; i < record.Groups; i++)
        {
            var group = record.Next(ref offset);
            for (var k = 0; k < group.Count; k++)
            {
                if (++count > seen
                    && group[k] != MembershipRecord.Nobody
                    && !lane.State.Profiles.Marks.IsErased(group[k]))
                {
                    changes.Add(new SegmentChange(
                        State.Definitions.SegmentNames[group.Segment],
                        new ProfileKey(lane.State.Lane, group[k]).Id,
                        k < group.Entered,
                        Instant.FromUnixMs(record.AtMs),
                        record.Cause,
                        here.Behind(lane.State.Lane, count)));
                }
            }
        }

        if (changes.Count > 0)
        {
            changes[^1] = changes[^1] with { Next = behind };
        }

        return changes;
    }
}
