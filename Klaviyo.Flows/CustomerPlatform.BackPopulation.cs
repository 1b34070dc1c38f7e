using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Definitions.Json;

namespace Klaviyo;

// Enrolment from history.
public sealed partial class CustomerPlatform
{
    private const int BackPopulateStep = 256;

    /// <summary>Starts runs of a flow from history, each profile, or profile and key, once; completes when that is durable.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="population">Who enters, and as of when; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it between two parts. The rest is done by the next opening, or the next call.</param>
    /// <returns>How many runs were started; whether they enter they are asked in the next turn, as always.</returns>
    /// <remarks>
    /// <para>A profile that has entered the flow before, by history or live, is left alone. So it may be asked for again; after a crash
    /// the next opening goes on, as of the instant at which it was first asked for.</para>
    /// <para>Looks at every profile, 256 at a time under the gate of a lane; writers go on in between. Reads events where the trigger
    /// has a filter.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such flow, or it is archived.</exception>
    /// <exception cref="DefinitionException">Its definition cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The days are out of range.</exception>
    public async ValueTask<long> BackPopulateFlowAsync(
        string flow, BackPopulation? population = null, CancellationToken cancellationToken = default)
    {
        population ??= new BackPopulation();
        ArgumentOutOfRangeException.ThrowIfLessThan(population.Days, 1, nameof(population));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(population.Days, BackPopulation.DaysMax, nameof(population));
        await _editing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var found = LiveFlow(flow);
            _ = found.Latest.Readable();
            var text = BackPopulationJson.Write(Clock.GetUtcNow(), population);
            await StoreDefinitionAsync(FlowBook.BackPopulationKind, flow, text, cancellationToken).ConfigureAwait(false);
            return await BackPopulateAsync(_flows.Book[found.Number], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _editing.Release();
        }
    }

    private async ValueTask ContinueBackPopulationsAsync(CancellationToken cancellationToken)
    {
        foreach (var flow in _flows.Book.Flows.Where(f => f is { BackPopulation: not null, Latest.Fault: null }))
        {
            await BackPopulateAsync(flow, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<long> BackPopulateAsync(Flow flow, CancellationToken cancellationToken)
    {
        var started = 0L;
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var profiles = Store.ProfileCount(lane);
            for (var first = 0; first < profiles; first += BackPopulateStep)
            {
                cancellationToken.ThrowIfCancellationRequested();
                started += BackPopulate(flow, lane, first, Math.Min(first + BackPopulateStep, profiles));
                Store.LetOthersIn(lane);
            }
        }

        // The record that it is done comes after the transitions, in the log as well.
        await CommitAsync(cancellationToken).ConfigureAwait(false);
        await StoreDefinitionAsync(FlowBook.BackPopulatedKind, flow.Name, "", cancellationToken).ConfigureAwait(false);
        return started;
    }

    private long BackPopulate(Flow flow, int lane, int first, int end)
    {
        var (asked, population) = flow.BackPopulation!.Value;
        var started = 0L;
        Store.Run(lane, scope =>
        {
            for (var ordinal = first; ordinal < end; ordinal++)
            {
                if (IsOfFlows(scope, lane, ordinal))
                {
                    started += _flows.Lanes[lane].BackPopulate(scope, flow, ordinal, asked, population);
                }
            }
        });
        return started;
    }
}
