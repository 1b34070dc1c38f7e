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

    // A meter lives as long as the process where nobody closes the platform, and must not keep that in memory as well.
    private readonly WeakReference<Store> _store;
    private readonly Meter _meter;
    private readonly ActivitySource _activities = new(CustomerPlatform.FlowMeterName);
    private readonly Histogram<double> _lateness;
    private readonly Histogram<double> _outboxAge;
    private readonly Histogram<double> _attempts;

    internal FlowMeter(Store store)
    {
        _store = new WeakReference<Store>(store);
        _meter = new Meter(new MeterOptions(CustomerPlatform.FlowMeterName) { Tags = [new(StoreMeter.StoreTag, store.Id.ToString())] });
        _lateness = _meter.CreateHistogram<double>("klaviyo.flow.lateness", "s", "How long after its instant a run took its step.");
        _outboxAge = _meter.CreateHistogram<double>(
            "klaviyo.message.outbox.age", "s", "From the instant for which a message was decided to its attempt, by channel.");
        _attempts = _meter.CreateHistogram<double>(
            "klaviyo.message.attempt.duration", "s", "How long attempts took, by channel and outcome.");
        _meter.CreateObservableCounter("klaviyo.flow.decisions", Decisions, "{decision}", "What happened, by flow, step and kind.");
        _meter.CreateObservableCounter("klaviyo.flow.skips", Skips, "{decision}", "What was not done, by flow, step and reason.");
        _meter.CreateObservableUpDownCounter("klaviyo.flow.runs", Runs, "{run}", "Runs under way, by flow.");
        _meter.CreateObservableUpDownCounter("klaviyo.flow.parked", () => Sum(s => s.Parked.Count), "{run}", "Runs that somebody has to release.");
        _meter.CreateObservableUpDownCounter("klaviyo.message.pending", () => Sum(s => s.Messages.Count - s.Letters.Count), "{message}", "Messages without a result.");
        _meter.CreateObservableUpDownCounter("klaviyo.message.dead", () => Sum(s => s.Letters.Count), "{message}", "Messages that stay until somebody decides.");
        _meter.CreateObservableUpDownCounter("klaviyo.flow.due", Due, "{run}", "Runs that are due and have not taken their step.");
        _meter.CreateObservableGauge("klaviyo.flow.overdue", OverdueSeconds, "s", "For how long the earliest of them has been due.");
    }

    /// <summary>Notes that a run takes its step.</summary>
    internal void Took(long dueMs, Instant now)
    {
        if (_lateness.Enabled)
        {
            _lateness.Record(Math.Max(0, now.UnixMs - dueMs) / 1000.0);
        }
    }

    /// <summary>Begins a turn; dispose to end it.</summary>
    internal Activity? Turn() => _activities.StartActivity("klaviyo.flow.turn");

    /// <summary>Begins an attempt to deliver a message; dispose to end it.</summary>
    internal Activity? Attempt(FlowMessage message, Instant now)
    {
        if (_outboxAge.Enabled)
        {
            _outboxAge.Record(Math.Max(0, now.UnixMs - message.At.UnixMs) / 1000.0, Tag("klaviyo.channel", message.Channel));
        }

        var activity = _activities.StartActivity("klaviyo.message.attempt", ActivityKind.Producer);
        return activity?
            .SetTag("klaviyo.channel", message.Channel)
            .SetTag("klaviyo.flow", message.Flow)
            .SetTag("klaviyo.step", message.Step)
            .SetTag("klaviyo.run", message.Run.ToString())
            .SetTag("klaviyo.message", message.Key)
            .SetTag("klaviyo.attempt", message.Attempt);
    }

    /// <summary>Notes what became of an attempt.</summary>
    internal void Attempted(Activity? activity, string channel, ChannelResult result, TimeSpan taken)
    {
        var outcome = result.Outcome switch
        {
            ChannelOutcome.Delivered => "delivered",
            ChannelOutcome.Retry => "retry",
            _ => "failed",
        };
        activity?.SetTag("klaviyo.outcome", outcome);
        if (result.Outcome != ChannelOutcome.Delivered)
        {
            activity?.SetStatus(ActivityStatusCode.Error, result.Reason);
        }

        if (_attempts.Enabled)
        {
            _attempts.Record(taken.TotalSeconds, Tag("klaviyo.channel", channel), Tag("klaviyo.outcome", outcome));
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
        _activities.Dispose();
    }

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

    private IEnumerable<Measurement<long>> Due() => Backlog() is var (runs, _) ? [new(runs)] : [];

    private IEnumerable<Measurement<double>> OverdueSeconds() => Backlog() is var (_, overdueMs) ? [new(overdueMs / 1000.0)] : [];

    // Looks at every run, some thousand at a time: the timers know no more than a time before the earliest. What a paused flow holds
    // back is not late.
    private (long Runs, long OverdueMs)? Backlog()
    {
        var (runs, overdue) = (0L, 0L);
        for (var (first, end) = (0, 1); first < end; first += RunsInStep)
        {
            end = 0;
            if (!OfLanes((state, flows, now) =>
            {
                end = Math.Max(end, state.Runs.End);
                for (var slot = first; slot < Math.Min(first + RunsInStep, state.Runs.End); slot++)
                {
                    if (state.Runs.IsUsed(slot) && state.Runs[slot] is { IsArmed: true } run && run.DueMs <= now.UnixMs
                        && !flows.Book[state.Plans[run.Plan].Flow].Paused)
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

        return (runs, overdue);
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
}
