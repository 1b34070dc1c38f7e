using System.Diagnostics;
using System.Diagnostics.Metrics;
using Klaviyo.Channels;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Telemetry;
using LaneState = Klaviyo.Flows.Interpreter.LaneState;

namespace Klaviyo.Flows.Telemetry;

/// <summary>
/// What flows tell those who watch them, through <c>System.Diagnostics</c>: how far behind they are, what happens at their steps, how
/// long messages lie in the outbox. Costs nothing where nobody watches.
/// </summary>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class FlowMeter : IDisposable
{
    private const int RunsInStep = 4096;
    private static readonly TimeSpan LookLives = TimeSpan.FromSeconds(1);

    // A meter lives as long as the process where nobody closes the platform, and must not keep that in memory as well.
    private readonly WeakReference<Store> _store;
    private readonly Meter _meter;
    private readonly ActivitySource _activities = new(CustomerPlatform.FlowMeterName);
    private readonly DurationMeter _lateness;
    private readonly DurationMeter _outboxAge;
    private readonly DurationMeter _attempts;
    private readonly TimeProvider _clock;
    private Backlog? _left;

    internal FlowMeter(Store store)
    {
        (_store, _clock) = (new WeakReference<Store>(store), store.Clock);
        _meter = new Meter(new MeterOptions(CustomerPlatform.FlowMeterName) { Tags = [new(StoreMeter.StoreTag, store.Id.ToString())] });
        _lateness = new DurationMeter(_meter, "klaviyo.flow.lateness", "How long after its instant a run took its step.");
        _outboxAge = new DurationMeter(
            _meter, "klaviyo.message.outbox.age", "From the instant for which a message was decided to its attempt, by channel.");
        _attempts = new DurationMeter(_meter, "klaviyo.message.attempt.duration", "How long attempts took, by channel and outcome.");
        _meter.CreateObservableCounter("klaviyo.flow.decisions", Decisions, "{decision}", "What happened, by flow, step and kind.");
        _meter.CreateObservableCounter("klaviyo.flow.skips", Skips, "{decision}", "What was not done, by flow, step and reason.");
        _meter.CreateObservableUpDownCounter("klaviyo.flow.runs", Runs, "{run}", "Runs under way, by flow.");
        _meter.CreateObservableUpDownCounter("klaviyo.flow.parked", () => Sum(s => s.Parked.Count), "{run}", "Runs that somebody has to release.");
        _meter.CreateObservableUpDownCounter("klaviyo.message.pending", () => Sum(s => s.Outbox.Messages.Count - s.Outbox.Letters.Count), "{message}", "Messages without a result.");
        _meter.CreateObservableUpDownCounter("klaviyo.message.dead", () => Sum(s => s.Outbox.Letters.Count), "{message}", "Messages that stay until somebody decides.");
        _meter.CreateObservableUpDownCounter("klaviyo.flow.due", Due, "{run}", "Runs that are due and have not taken their step.");
        _meter.CreateObservableGauge("klaviyo.flow.overdue", OverdueSeconds, "s", "For how long the earliest of them has been due.");
    }

    /// <summary>Notes that a run takes its step.</summary>
    internal void Took(long dueMs, Instant now)
    {
        if (_lateness.Enabled)
        {
            _lateness.Record(Since(dueMs, now));
        }
    }

    /// <summary>Begins a turn; dispose to end it.</summary>
    internal FlowSpan Turn() => FlowSpan.Begin(_activities, "klaviyo.flow.turn");

    /// <summary>Begins an attempt to deliver a message; dispose to end it.</summary>
    internal FlowSpan Attempt(FlowMessage message, Instant now)
    {
        if (_outboxAge.Enabled)
        {
            _outboxAge.Record(Since(message.At.UnixMs, now), Tag("klaviyo.channel", message.Channel));
        }

        var span = FlowSpan.Begin(_activities, "klaviyo.message.attempt", ActivityKind.Producer);
        span.Activity?
            .SetTag("klaviyo.channel", message.Channel)
            .SetTag("klaviyo.flow", message.Flow)
            .SetTag("klaviyo.step", message.Step)
            .SetTag("klaviyo.run", message.Run.ToString())
            .SetTag("klaviyo.message", message.Key)
            .SetTag("klaviyo.attempt", message.Attempt);
        return span;
    }

    /// <summary>Notes what became of an attempt.</summary>
    internal void Attempted(FlowSpan span, string channel, ChannelResult result, TimeSpan taken)
    {
        var outcome = result.Outcome switch
        {
            ChannelOutcome.Delivered => "delivered",
            ChannelOutcome.Retry => "retry",
            _ => "failed",
        };
        span.Activity?.SetTag("klaviyo.outcome", outcome);
        if (result.Outcome != ChannelOutcome.Delivered)
        {
            span.Activity?.SetStatus(ActivityStatusCode.Error, result.Reason);
        }

        if (_attempts.Enabled)
        {
            _attempts.Record(taken, Tag("klaviyo.channel", channel), Tag("klaviyo.outcome", outcome));
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
        _activities.Dispose();
    }

    private static TimeSpan Since(long unixMs, Instant now) => TimeSpan.FromMilliseconds(Math.Max(0, now.UnixMs - unixMs));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private IEnumerable<Measurement<long>> Decisions()
    {
        return from flow in Stats()
               from step in flow.Steps
               from kind in step.Value
               select new Measurement<long>(
                   kind.Value, Tag("klaviyo.flow", flow.Flow), Tag("klaviyo.step", step.Key), Tag("klaviyo.decision", DecisionKindText.Of(kind.Key)));
    }

    private IEnumerable<Measurement<long>> Skips()
    {
        return from flow in Stats()
               from step in flow.StepSkips
               from reason in step.Value
               select new Measurement<long>(
                   reason.Value, Tag("klaviyo.flow", flow.Flow), Tag("klaviyo.step", step.Key), Tag("klaviyo.reason", SkipReasonText.Of(reason.Key)));
    }

    private IEnumerable<Measurement<long>> Runs() =>
        Stats().Select(flow => new Measurement<long>(flow.Running, Tag("klaviyo.flow", flow.Flow)));

    // Of the flows at which anything happened, and without what takes a look at every run.
    private IEnumerable<FlowStats> Stats()
    {
        var counted = new List<(Flow Flow, (int Version, int Step, Tally Tally) Step)>();
        OfLanes((state, flows, _) =>
        {
            foreach (var plan in state.Plans.InOrder())
            {
                counted.AddRange(plan.Tallies.Select(t => (flows.Book[plan.Flow], (plan.Version, t.Step, t.Tally.Copy()))));
            }
        });
        return counted.GroupBy(c => c.Flow.Number).Select(flow => FlowStats.Of(flow.Last().Flow, flow.Select(c => c.Step), [], []));
    }

    private IEnumerable<Measurement<long>> Sum(Func<LaneState, int> of)
    {
        var sum = 0L;
        return OfLanes((state, _, _) => sum += of(state)) ? [new(sum)] : [];
    }

    private IEnumerable<Measurement<long>> Due() => LookForBoth(isForDue: true) is { } backlog ? [new(backlog.Runs)] : [];

    private IEnumerable<Measurement<double>> OverdueSeconds() =>
        LookForBoth(isForDue: false) is { } backlog ? [new(backlog.OverdueMs / 1000.0)] : [];

    // The two instruments are asked one after the other: the first leaves what it saw to the other, so they tell of one instant.
    private Backlog? LookForBoth(bool isForDue)
    {
        var left = Interlocked.Exchange(ref _left, null);
        return left is not null && left.IsForDue == isForDue && _clock.GetElapsedTime(left.At) < LookLives
            ? left
            : _left = LookAtBacklog(leftForDue: !isForDue);
    }

    // The timers know a time before the earliest run: where that is to come, none is due. Else looks at every run, some thousand at a
    // time. What a paused flow holds back is not late.
    private Backlog? LookAtBacklog(bool leftForDue)
    {
        var began = _clock.GetTimestamp();
        var (runs, overdue) = (0L, 0L);
        for (var (first, end) = (0, 1); first < end; first += RunsInStep)
        {
            end = 0;
            if (!OfLanes((state, flows, now) =>
            {
                if (state.RunTimers.NextWake() is not { } wake || wake > now)
                {
                    return;
                }

                end = Math.Max(end, state.Runs.End);
                for (var slot = first; slot < Math.Min(first + RunsInStep, state.Runs.End); slot++)
                {
                    if (state.Runs.IsUsed(slot) && state.Runs[slot] is { IsArmed: true } run && run.DueMs <= now.UnixMs
                        && state.Plans[run.Plan] is var plan && !flows.Book[plan.Flow].Holds(plan.Version))
                    {
                        runs++;
                        overdue = Math.Max(overdue, now.UnixMs - run.DueMs);
                    }
                }
            }))
            {
                return null;
            }
        }

        return new Backlog(runs, overdue, leftForDue, began);
    }

    // Somebody may look while the store is being closed.
    private bool OfLanes(Action<LaneState, FlowExtension, Instant> look)
    {
        if (!_store.TryGetTarget(out var store))
        {
            return false;
        }

        try
        {
            var flows = (FlowExtension)store.Extension!;
            for (var lane = 0; lane < store.LaneCount; lane++)
            {
                store.Run(lane, scope => look(flows.Lanes[scope.Lane].State, flows, scope.Now));
            }

            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private sealed record Backlog(long Runs, long OverdueMs, bool IsForDue, long At);
}
