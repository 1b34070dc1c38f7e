using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Subscriptions read the log itself, so they can start anywhere and miss nothing; commits wake them.
internal sealed partial class Store
{
    internal StorePosition DurablePosition => new([.. _log.Durable.Lanes.Select(l => l.Until.Value)]);

    internal async IAsyncEnumerable<SubscribedEvent> FollowAsync(
        StorePosition? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var places = (from?.Addresses ?? [.. _log.Lanes.Select(l => l.Begin.Value)]).ToArray();
        ThrowIfForeign(places);
        while (true)
        {
            // The pulse is taken before the end is read: a commit in between is seen by the next turn.
            var pulse = Commits.NextPulse;
            foreach (var lane in _lanes)
            {
                var until = _log.Durable[lane.State.Lane].Until;
                using var scan = lane.Log.Scan(new LogAddress(places[lane.State.Lane]), until);
                while (scan.MoveNext())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var record = scan.Current;
                    places[lane.State.Lane] = scan.Next.Value;
                    if (record.Kind == (byte)RecordKind.Event && ReadSubscribed(lane, record, [.. places]) is { } happened)
                    {
                        yield return happened;
                    }
                }
            }

            await pulse.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Null for an event of a profile that was erased.
    private SubscribedEvent? ReadSubscribed(Lane lane, in LogRecord record, ImmutableArray<long> places)
    {
        var id = StoreState.EventIdOf(lane.State.Lane, record.Address.Value);
        using var gate = Enter(lane.State.Lane);
        var own = new ProfileKey(lane.State.Lane, EventRecord.Read(record.Payload).Profile);
        if (State.IsErased(own))
        {
            return null;
        }

        var profile = State.Merges.Root(own);
        return new SubscribedEvent(
            profile.Id, EventRecord.ReadAll(record.Payload, id, lane.State.Names), new StorePosition(places));
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
