using System.Runtime.CompilerServices;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Simulation;
using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
    private const int RowsAtATime = 4096;

    /// <summary>Runs a definition over a span of the stored history, on a virtual clock. Sends nothing and changes nothing.</summary>
    /// <param name="definition">Any definition; it need not be defined in this store.</param>
    /// <param name="from">The first instant of the span: what happened before it starts no run, but counts as history.</param>
    /// <param name="to">The last instant of the span: what would be due later is not done.</param>
    /// <param name="cancellationToken">Ends the simulation.</param>
    /// <returns>
    /// What would have been done: every send, update and skip, by time within a profile, profile after profile.
    /// </returns>
    /// <remarks>
    /// <para>The decisions are those that the live engine would have made, had it got each fact when it happened and every
    /// turn when it was due, with every flow paused but this one, and had every channel delivered at once. Events count whether they
    /// were imported or not.</para>
    /// <para>A flow with a rate limit is simulated for all profiles at a time, and then the decisions are kept in memory; otherwise
    /// only those of some profiles.</para>
    /// <para>Linear in profiles and in the events of the trigger's metric. Writers go on meanwhile; each profile is seen as
    /// it is when it is looked at.</para>
    /// </remarks>
    /// <exception cref="DefinitionException">The definition cannot mean anything; path and message say where and why.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="to"/> is before <paramref name="from"/>.</exception>
    public IAsyncEnumerable<FlowDecision> SimulateFlowAsync(
        FlowDefinition definition, Instant from, Instant to, CancellationToken cancellationToken = default)
    {
        var (flow, span) = SimulationOf(definition, from, to);
        return JointSimulator.IsNeeded(flow, _options.Sending)
            ? SimulateJointlyAsync<FlowDecision>([flow], span, (decisions, rows) => rows.AddRange(decisions[0]), cancellationToken)
            : SimulateAsync<FlowDecision>(new FlowSimulator(flow, span, _options.Sending).Simulate, cancellationToken);
    }

    /// <summary>Runs a draft and another flow over a span of the stored history, and tells what they decide alike and what not.</summary>
    /// <param name="draft">The draft; it need not be defined in this store.</param>
    /// <param name="live">What it is compared with: the definition that is live, say.</param>
    /// <param name="from">The first instant of the span: what happened before it starts no run, but counts as history.</param>
    /// <param name="to">The last instant of the span: what would be due later is not done.</param>
    /// <param name="cancellationToken">Ends the backtest.</param>
    /// <returns>
    /// Every send, update and skip of either flow, by time within a profile, profile after profile; <see cref="BacktestSummary"/>
    /// counts them. What has the same instant, step, kind and reason is the same.
    /// </returns>
    /// <remarks>
    /// <para>As <see cref="SimulateFlowAsync"/>, of both in one pass. What either flow has itself written to profiles while it was live
    /// is history like any other.</para>
    /// <para>No more is kept in memory than the decisions for some profiles.</para>
    /// </remarks>
    /// <exception cref="DefinitionException">A definition cannot mean anything; path and message say where and why.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="to"/> is before <paramref name="from"/>.</exception>
    public IAsyncEnumerable<BacktestRow> BacktestFlowAsync(
        FlowDefinition draft, FlowDefinition live, Instant from, Instant to, CancellationToken cancellationToken = default)
    {
        var ((flow, span), (second, _)) = (SimulationOf(draft, from, to), SimulationOf(live, from, to));
        if (JointSimulator.IsNeeded(flow, _options.Sending) || JointSimulator.IsNeeded(second, _options.Sending))
        {
            return SimulateJointlyAsync<BacktestRow>(
                [flow, second], span, (decisions, rows) => BacktestDiff.Add(decisions[0], decisions[1], rows), cancellationToken);
        }

        var (one, other) = (new FlowSimulator(flow, span, _options.Sending), new FlowSimulator(second, span, _options.Sending));
        var (drafted, lived) = (new List<FlowDecision>(), new List<FlowDecision>());
        return SimulateAsync<BacktestRow>(
            (scope, ordinal, rows) =>
            {
                drafted.Clear();
                lived.Clear();
                one.Simulate(scope, ordinal, drafted);
                other.Simulate(scope, ordinal, lived);
                BacktestDiff.Add(drafted, lived, rows);
            },
            cancellationToken);
    }

    private (FlowVersion Flow, TimeRange Span) SimulationOf(FlowDefinition definition, Instant from, Instant to)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        return (CheckLive(definition), new TimeRange(from, to));
    }

    // Profiles meet in the lines of rate limits, so all of them pass through time together.
    private async IAsyncEnumerable<T> SimulateJointlyAsync<T>(
        FlowVersion[] versions,
        TimeRange span,
        Action<List<FlowDecision>[], List<T>> add,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int InstantsAtATime = 1024;
        var simulators = Array.ConvertAll(versions, v => new JointSimulator(Store, v, span, _options.Sending));
        foreach (var simulator in simulators)
        {
            await foreach (var _ in SimulateAsync<int>((scope, ordinal, _) => simulator.Add(scope, ordinal), cancellationToken)
                .ConfigureAwait(false))
            {
            }

            while (await Task.Run(() => simulator.Advance(InstantsAtATime), cancellationToken).ConfigureAwait(false))
            {
            }
        }

        var rows = new List<T>();
        foreach (var profile in simulators.SelectMany(s => s.Profiles).Distinct().Order())
        {
            rows.Clear();
            add(Array.ConvertAll(simulators, s => s.DecisionsOf(profile)), rows);
            foreach (var row in rows)
            {
                yield return row;
            }
        }
    }

    private async IAsyncEnumerable<T> SimulateAsync<T>(
        Action<ILaneScope, int, List<T>> simulate, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var profiles = Store.ProfileCount(lane);
            for (var first = 0; first < profiles;)
            {
                var (number, start) = (lane, first);
                rows.Clear();
                first = await Task.Run(() => Simulate(simulate, number, start, profiles, rows), cancellationToken)
                    .ConfigureAwait(false);
                foreach (var row in rows)
                {
                    yield return row;
                }
            }
        }
    }

    // Gives the profile with which to go on. The gate is held for some profiles at a time, or for what those have to do.
    private int Simulate<T>(Action<ILaneScope, int, List<T>> simulate, int lane, int first, int end, List<T> rows)
    {
        var ordinal = first;
        Store.Run(lane, scope =>
        {
            for (var last = Math.Min(first + ScanStep, end); ordinal < last && rows.Count < RowsAtATime; ordinal++)
            {
                if (IsOfFlows(scope, lane, ordinal))
                {
                    simulate(scope, ordinal, rows);
                }
            }
        });
        return ordinal;
    }
}
