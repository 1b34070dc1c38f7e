using System.Runtime.CompilerServices;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Subscriptions read the log itself, so they can start anywhere and miss nothing; commits wake them.
internal sealed partial class Store
{
    internal StorePosition DurablePosition => PositionOf(_log.Durable);

    internal IAsyncEnumerable<SubscribedEvent> FollowAsync(StorePosition? from, CancellationToken cancellationToken) =>
        FollowAsync(from, static _ => true, ReadSubscribed, cancellationToken);

    /// <summary>Follows the events that were received more than some time after they happened.</summary>
    internal IAsyncEnumerable<LateEvent> FollowLateAsync(long latenessMs, StorePosition? from, CancellationToken cancellationToken) =>
        FollowAsync(from, record => IsLate(record, latenessMs), ReadLate, cancellationToken);

    /// <summary>Gets the late events that are durable now.</summary>
    internal IEnumerable<LateEvent> Late(long latenessMs, StorePosition? from) =>
        ReadDurable(PlacesOf(from), record => IsLate(record, latenessMs), ReadLate, CancellationToken.None);

    private static StorePosition PositionOf(LogCut cut) => new([.. cut.Lanes.Select(l => l.Until.Value)]);

    // Only the head of the event is decoded: what is not late costs the reader some tens of nanoseconds, and writers nothing.
    private static bool IsLate(LogRecord record, long latenessMs)
    {
        var head = EventRecord.Read(record.Payload);
        return head.ReceivedMs - head.TimeMs > latenessMs;
    }

    private async IAsyncEnumerable<TEvent> FollowAsync<TEvent>(
        StorePosition? from,
        Func<LogRecord, bool> wants,
        Func<Lane, LogRecord, StorePosition, TEvent?> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TEvent : class
    {
        var places = PlacesOf(from);
        while (true)
        {
            // The pulse is taken before the end is read: a commit in between is seen by the next turn. So is a closing.
            var pulse = Commits.NextPulse;
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (var found in ReadDurable(places, wants, read, cancellationToken))
            {
                yield return found;
            }

            await pulse.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what is durable and moves the places behind it.</summary>
    private IEnumerable<TEvent> ReadDurable<TEvent>(
        long[] places, Func<LogRecord, bool> wants, Func<Lane, LogRecord, StorePosition, TEvent?> read, CancellationToken cancellationToken)
        where TEvent : class
    {
        foreach (var lane in _lanes)
        {
            var until = _log.Durable[lane.State.Lane].Until;
            using var scan = lane.Log.Scan(new LogAddress(places[lane.State.Lane]), until);
            while (scan.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var record = scan.Current;
                places[lane.State.Lane] = scan.Next.Value;
                if (record.Kind == (byte)RecordKind.Event
                    && lane.Log.Decode(record, wants)
                    && read(lane, record, new StorePosition([.. places])) is { } found)
                {
                    yield return found;
                }
            }
        }
    }

    private SubscribedEvent? ReadSubscribed(Lane lane, LogRecord record, StorePosition next)
    {
        using var gate = Enter(lane.State.Lane);
        return OwnerUnderGate(lane, record) is { } owner
            ? new SubscribedEvent(owner, ReadUnderGate(lane, record), next)
            : null;
    }

    private LateEvent? ReadLate(Lane lane, LogRecord record, StorePosition next)
    {
        using var gate = Enter(lane.State.Lane);
        return OwnerUnderGate(lane, record) is { } owner
            ? new LateEvent(owner, ReadUnderGate(lane, record), EventRecord.Read(record.Payload).Backfill, next)
            : null;
    }

    /// <summary>Gets whose an event is; null where the profile was erased.</summary>
    private ProfileId? OwnerUnderGate(Lane lane, in LogRecord record)
    {
        var own = new ProfileKey(lane.State.Lane, lane.Log.Decode(record, static r => EventRecord.Read(r.Payload).Profile));
        return State.IsErased(own) ? null : State.Merges.Root(own).Id;
    }

    private static StoredEvent ReadUnderGate(Lane lane, in LogRecord record)
    {
        var id = StoreState.EventIdOf(lane.State.Lane, record.Address.Value);
        return lane.Log.Decode(record, r => EventRecord.ReadAll(r.Payload.Span, id, lane.State.Names));
    }

    private long[] PlacesOf(StorePosition? from)
    {
        var places = (from?.Addresses ?? [.. _log.Lanes.Select(l => l.Begin.Value)]).ToArray();
        ThrowIfForeign(places);
        return places;
    }

    private void ThrowIfForeign(long[] places)
    {
        if (places.Length != _lanes.Length
            || _lanes.Any(l => places[l.State.Lane] < l.Log.Begin.Value || places[l.State.Lane] > l.Log.Tail.Value))
        {
            throw new ArgumentException("The position is not one of this store.");
        }
    }
}
