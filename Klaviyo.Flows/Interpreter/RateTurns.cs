using Klaviyo.Flows.Outbox;
using Klaviyo.Flows.State;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Says whose turn it is in the lines: flow after flow, within a flow who came first, over all lanes.</summary>
/// <remarks>
/// The counts are changed in turns of the platform alone, of which there is one at a time; so they are read without a gate here.
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class RateTurns(Store store, FlowExtension flows, ChannelSender sender)
{
    private const int TurnsBetweenYields = 64;

    private RateLimit? Total => flows.Sending.TotalRate;

    /// <summary>Lets everybody have his turn for whom there is room.</summary>
    /// <param name="batch">Receives the messages that are handed over.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>How many transitions were made.</returns>
    internal async ValueTask<long> ServeAsync(OfferBatch batch, CancellationToken cancellationToken)
    {
        var (made, lines) = (0L, LinesInUse());
        // One turn of a channel after the other, the one that waited longest first: none takes all the room that there is.
        var channels = new Queue<string>(lines.Where(IsOfTotal).OrderBy(l => RateTable.TakenMs(Windows(l))));
        while (channels.TryDequeue(out var line))
        {
            var (steps, taken) = await ServeAsync(line, 1, batch, cancellationToken).ConfigureAwait(false);
            made += steps;
            if (taken > 0)
            {
                channels.Enqueue(line);
            }
        }

        foreach (var line in lines.Where(l => !IsOfTotal(l)))
        {
            made += (await ServeAsync(line, int.MaxValue, batch, cancellationToken).ConfigureAwait(false)).Made;
        }

        return made;
    }

    /// <summary>Notes when attempts that are over began, so that they count from then.</summary>
    internal void Settle(IReadOnlyList<Offer> done)
    {
        foreach (var begun in done
            .Where(o => o.Began is not null)
            .GroupBy(o => (o.Lane, Line: LineNames.OfChannel(o.Message.Channel), Began: o.Began!.Value))
            .OrderBy(g => g.Key.Began))
        {
            var lane = flows.Lanes[begun.Key.Lane];
            if (lane.WindowOf(begun.Key.Line) is { Open: > 0 } window)
            {
                var count = Math.Min(begun.Count(), window.Open);
                store.Run(begun.Key.Lane, scope => lane.Settle(scope, begun.Key.Line, count, begun.Key.Began));
            }
        }
    }

    /// <summary>
    /// Notes that what was taken and no channel has was begun by now, where that is not known better: after an opening, or a failure.
    /// </summary>
    internal void SettleOpen()
    {
        for (var lane = 0; lane < store.LaneCount; lane++)
        {
            var mine = flows.Lanes[lane];
            foreach (var (line, open) in mine.State.Rates.Open().ToList())
            {
                var count = open - sender.CountOut(lane, line);
                if (count > 0)
                {
                    store.Run(lane, scope => mine.Settle(scope, line, count, scope.Now));
                }
            }
        }
    }

    /// <summary>Gets when there is room for anyone in a line; null where nobody stands, or nobody knows.</summary>
    internal Instant? NextWake()
    {
        var next = default(Instant?);
        foreach (var line in LinesInUse())
        {
            var (heads, windows, now) = Look(line);
            if (Next(heads, LastFlow(windows)) is { } first)
            {
                var room = first.Limit is { } limit ? RateTable.RoomAt(windows, limit, now) : now;
                if (IsOfTotal(line))
                {
                    room = RateTable.Later(room, RateTable.RoomAt([.. WindowsOfChannels()], Total!, now));
                }

                next = next is null || room < next ? room : next;
            }
        }

        return next;
    }

    private async ValueTask<(long Made, int Taken)> ServeAsync(
        string line, int takenMax, OfferBatch batch, CancellationToken cancellationToken)
    {
        var (heads, windows, now) = Look(line);
        var (made, turns, limit, room, last) = (0L, 0, default(RateLimit), int.MaxValue, LastFlow(windows));
        var (taken, roomOfAll) = (0, IsOfTotal(line) ? Total!.Count - WindowsOfChannels().Sum(w => w.Used(now, Total)) : int.MaxValue);
        while (taken < takenMax && !batch.IsFull && batch.HasRoomIn(line) && !cancellationToken.IsCancellationRequested
            && Next(heads, last) is { } next)
        {
            if (next.Limit != limit)
            {
                limit = next.Limit;
                room = limit is null ? int.MaxValue : limit.Count - Windows(line).Sum(w => w.Used(now, limit));
            }

            if (room <= 0 || roomOfAll <= 0)
            {
                break;
            }

            var (lane, flow) = (next.First.Lane, next.Flow);
            store.Run(lane, scope =>
            {
                var (steps, isTaken) = flows.Lanes[lane].TakeTurn(scope, line, flow, batch);
                made += steps;
                (room, roomOfAll, taken, last) = isTaken ? (room - 1, roomOfAll - 1, taken + 1, flow) : (room, roomOfAll, taken, last);
                heads[lane] = [.. flows.Lanes[lane].Heads(line)];
            });
            if (++turns % TurnsBetweenYields == 0)
            {
                store.LetOthersIn(lane);
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }

        return (made, taken);
    }

    private bool IsOfTotal(string line) => Total is not null && LineNames.IsOfChannel(line);

    private SortedSet<string> LinesInUse()
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        for (var lane = 0; lane < store.LaneCount; lane++)
        {
            var mine = flows.Lanes[lane];
            store.Run(lane, _ => lines.UnionWith(mine.LinesInUse));
        }

        return lines;
    }

    private (List<(int Flow, LinePlace First, RateLimit? Limit)>[] Heads, List<RateWindow> Windows, Instant Now) Look(string line)
    {
        var heads = new List<(int Flow, LinePlace First, RateLimit? Limit)>[store.LaneCount];
        var now = Instant.MinValue;
        for (var lane = 0; lane < heads.Length; lane++)
        {
            var number = lane;
            store.Run(lane, scope => (heads[number], now) = ([.. flows.Lanes[number].Heads(line)], scope.Now));
        }

        return (heads, Windows(line), now);
    }

    private List<RateWindow> Windows(string line) => [.. flows.Lanes.Select(l => l.WindowOf(line)).OfType<RateWindow>()];

    private IEnumerable<RateWindow> WindowsOfChannels() => flows.Lanes.SelectMany(l => l.State.Rates.OfChannels());

    private static int LastFlow(List<RateWindow> windows) => windows.MaxBy(w => w.TakenMs)?.LastFlow ?? -1;

    // The flow after the one that had the last turn; of it who came first, in whichever lane.
    private static (int Flow, LinePlace First, RateLimit? Limit)? Next(
        List<(int Flow, LinePlace First, RateLimit? Limit)>[] heads, int last)
    {
        var next = default((int Flow, LinePlace First, RateLimit? Limit)?);
        foreach (var head in heads.SelectMany(h => h))
        {
            if (next is not { } best || Order(head).CompareTo(Order(best)) < 0)
            {
                next = head;
            }
        }

        return next;

        (bool, int, LinePlace) Order((int Flow, LinePlace First, RateLimit? Limit) head) => (head.Flow <= last, head.Flow, head.First);
    }
}
