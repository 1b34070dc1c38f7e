using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Simulation;

/// <summary>Runs a flow with rate limits over the history of all profiles at a time, on one virtual clock.</summary>
/// <remarks>
/// As live, at each instant: all runs that are due, then whose turn it is in the lines, until nothing more is to be done; then the
/// channels deliver. Profiles meet in the lines alone. Memory goes with the profiles for which a trigger is pulled.
/// </remarks>
/// <threadsafety>One caller at a time; enters the gates itself.</threadsafety>
internal sealed class JointSimulator(Store store, FlowVersion flow, TimeRange span, SendPolicy policy)
{
    private readonly WaitingLines _lines = new();
    private readonly RateTable _rates = new();
    private readonly SortedDictionary<(int Lane, int Ordinal), Simulated> _profiles = [];
    private readonly PriorityQueue<Simulated, Instant> _agenda = new();
    private readonly List<Simulated> _delivering = [];
    private FlowSimulator? _spare;
    private Instant _now = span.First;

    /// <summary>Gets the profiles for which a trigger is pulled.</summary>
    internal IEnumerable<(int Lane, int Ordinal)> Profiles => _profiles.Keys;

    /// <summary>Tells whether a flow has rate limits.</summary>
    internal static bool IsNeeded(FlowVersion flow, SendPolicy policy) => Enumerable.Range(0, flow.StepCount)
        .Any(i => flow.Step(i) is RateLimitStep || (flow.Step(i) is SendStep send && policy.HasLineOf(send.Channel)));

    /// <summary>Gets what would have been done for a profile, by time.</summary>
    internal List<FlowDecision> DecisionsOf((int Lane, int Ordinal) profile) =>
        _profiles.TryGetValue(profile, out var simulated) ? simulated.Decisions : [];

    /// <summary>Takes a profile in, under the gate of its lane.</summary>
    internal void Add(ILaneScope scope, int ordinal)
    {
        var simulator = _spare ?? new FlowSimulator(flow, span, policy, _lines);
        _spare = simulator;
        if (simulator.Begin(scope, ordinal))
        {
            _spare = null;
            var simulated = new Simulated(simulator, scope.Lane);
            _profiles.Add((scope.Lane, ordinal), simulated);
            Plan(simulated);
        }
    }

    /// <summary>Lets some instants pass.</summary>
    /// <returns><see langword="false"/> when the span is over.</returns>
    internal bool Advance(int instants)
    {
        for (; instants > 0; instants--)
        {
            if (NextInstant() is not { } at || at > span.Last)
            {
                return false;
            }

            _now = at;
            do
            {
                do
                {
                    Decide(at);
                }
                while (Serve(at));
            }
            while (Deliver());
        }

        return true;
    }

    private Instant? NextInstant()
    {
        var next = TryPeek(out var first) ? first.PlannedFor : null;
        foreach (var line in _lines.Names)
        {
            var room = RoomIn(line, out _);
            next = next is null || room < next ? room : next;
        }

        return next;
    }

    // What no longer stands for the plan of its profile is passed over.
    private bool TryPeek(out Simulated first)
    {
        while (_agenda.TryPeek(out first!, out var at))
        {
            if (first.PlannedFor == at)
            {
                return true;
            }

            _agenda.Dequeue();
        }

        return false;
    }

    private void Decide(Instant at)
    {
        while (TryPeek(out var first) && first.PlannedFor == at)
        {
            _agenda.Dequeue();
            Act(first, () =>
            {
                while (first.Simulator.NextDecision == at)
                {
                    first.Simulator.Decide(first.Decisions);
                }
            });
        }
    }

    private bool Serve(Instant at)
    {
        // As live, see RateTurns.
        var (served, lines) = (false, _lines.Names.ToArray());
        var channels = new Queue<string>(lines.Where(IsOfTotal).OrderBy(l => RateTable.TakenMs(Windows(l))));
        while (channels.TryDequeue(out var line))
        {
            var taken = false;
            while (!taken && RoomIn(line, out var place) <= at)
            {
                taken = TakeTurn(line, place, at);
                served = true;
            }

            if (taken)
            {
                channels.Enqueue(line);
            }
        }

        foreach (var line in lines.Where(l => !IsOfTotal(l)))
        {
            while (RoomIn(line, out var place) <= at)
            {
                _ = TakeTurn(line, place, at);
                served = true;
            }
        }

        return served;
    }

    private bool TakeTurn(string line, LinePlace place, Instant at)
    {
        var (first, taken, windowMs) = (_profiles[(place.Lane, place.Ordinal)], false, WindowMsOf(line, place));
        Act(first, () => taken = first.Simulator.TakeTurn(place, line, at, first.Decisions));
        if (taken)
        {
            _rates.Apply(new RateChange(RateChangeKind.Pass, line, at, 0, windowMs, 0));
        }

        return taken;
    }

    // When there is room for the first in a line, as far as is known now.
    private Instant? RoomIn(string line, out LinePlace place)
    {
        place = default;
        foreach (var (_, first) in _lines.Heads(line))
        {
            place = first;
            var room = LimitOf(first) is { } limit ? RateTable.RoomAt(Windows(line), limit, _now) : _now;
            return IsOfTotal(line) ? RateTable.Later(room, RateTable.RoomAt([.. _rates.OfChannels()], policy.TotalRate!, _now)) : room;
        }

        return null;
    }

    private bool IsOfTotal(string line) => policy.TotalRate is not null && LineNames.IsOfChannel(line);

    private RateWindow[] Windows(string line) => _rates.Find(line) is { } window ? [window] : [];

    private long WindowMsOf(string line, LinePlace place) =>
        LineNames.IsOfChannel(line) ? policy.WindowMsOf(LineNames.ChannelOf(line)) : LimitOf(place)!.WindowMs;

    private RateLimit? LimitOf(LinePlace place)
    {
        return _profiles[(place.Lane, place.Ordinal)].Simulator.StepOf(place) switch
        {
            RateLimitStep step => step.Limit,
            SendStep send => policy.Rates.GetValueOrDefault(send.Channel),
            _ => null,
        };
    }

    private bool Deliver()
    {
        var all = _delivering.ToArray();
        _delivering.Clear();
        foreach (var one in all)
        {
            Act(one, one.Simulator.Deliver);
        }

        return all.Length > 0;
    }

    private void Act(Simulated one, Action act)
    {
        store.Run(one.Lane, _ =>
        {
            act();
            Plan(one);
        });
        if (one.Simulator.HasDeliveries)
        {
            _delivering.Add(one);
        }
    }

    private void Plan(Simulated one)
    {
        one.PlannedFor = one.Simulator.NextDecision;
        if (one.PlannedFor is { } at)
        {
            _agenda.Enqueue(one, at);
        }
    }

    private sealed class Simulated(FlowSimulator simulator, int lane)
    {
        internal FlowSimulator Simulator => simulator;

        internal int Lane => lane;

        internal List<FlowDecision> Decisions { get; } = [];

        internal Instant? PlannedFor { get; set; }
    }
}
