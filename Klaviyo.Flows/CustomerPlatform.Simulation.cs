using System.Runtime.CompilerServices;
using Klaviyo.Flows.Simulation;
using Klaviyo.Json;
using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
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
    /// <para>Linear in profiles and in the events of the trigger's metric. Writers go on meanwhile; each profile is seen as
    /// it is when it is looked at.</para>
    /// </remarks>
    /// <exception cref="DefinitionException">The definition cannot mean anything; path and message say where and why.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="to"/> is before <paramref name="from"/>.</exception>
    public IAsyncEnumerable<FlowDecision> SimulateFlowAsync(
        FlowDefinition definition, Instant from, Instant to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        var version = _flows.Book.Check(FlowJson.Parse(FlowJson.Write(definition), definition.Name));
        return SimulateAsync(new FlowSimulator(version, new TimeRange(from, to)), cancellationToken);
    }

    private async IAsyncEnumerable<FlowDecision> SimulateAsync(
        FlowSimulator simulator, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var profiles = Store.ProfileCount(lane);
            for (var first = 0; first < profiles; first += ScanStep)
            {
                var (number, start, end) = (lane, first, Math.Min(first + ScanStep, profiles));
                var decisions = await Task.Run(() => Simulate(simulator, number, start, end), cancellationToken)
                    .ConfigureAwait(false);
                foreach (var decision in decisions)
                {
                    yield return decision;
                }
            }
        }
    }

    private List<FlowDecision> Simulate(FlowSimulator simulator, int lane, int first, int end)
    {
        var decisions = new List<FlowDecision>();
        Store.Run(lane, scope =>
        {
            for (var ordinal = first; ordinal < end; ordinal++)
            {
                if (IsOfFlows(scope, lane, ordinal))
                {
                    simulator.Simulate(scope, ordinal, decisions);
                }
            }
        });
        return decisions;
    }
}
