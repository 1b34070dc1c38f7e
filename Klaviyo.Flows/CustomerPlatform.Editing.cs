using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Definitions.Editing;
using Klaviyo.Flows.Definitions.Json;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Json;
using Klaviyo.Storage.Lanes;

namespace Klaviyo;

// A new version of a flow, and the runs under way.
public sealed partial class CustomerPlatform
{
    private const int MigrateStep = 1024;

    // A flow remembers one migration and one enrolment from history that are not done: one at a time.
    private readonly SemaphoreSlim _editing = new(1, 1);

    /// <summary>Says what a new definition of a flow would change, and where its runs under way would land. Changes nothing.</summary>
    /// <param name="definition">The definition; its name is that of the flow. It may be the one that the flow has by now.</param>
    /// <param name="migration">How runs would be migrated; null for the defaults.</param>
    /// <returns>
    /// Runs under way stay on their versions when the definition is given to <see cref="DefineFlowAsync(FlowDefinition, CancellationToken)"/>.
    /// The landings are what <see cref="MigrateRunsAsync"/> would then return, were it to happen now.
    /// </returns>
    /// <remarks>Looks at every run of the flow; writers go on meanwhile. A run that has not entered is not counted.</remarks>
    /// <exception cref="ArgumentException">There is no such flow, or the migration names a step that is not there.</exception>
    /// <exception cref="DefinitionException">The definition cannot mean anything, or the flow's cannot be read; path and message say where and why.</exception>
    public FlowEditReport ReportFlowEdit(FlowDefinition definition, FlowMigration? migration = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var flow = StandingFlow(definition.Name);
        var latest = flow.Latest.Readable();
        var text = FlowJson.Write(definition);
        var target = text == FlowJson.Write(latest.Definition)
            ? latest
            : _flows.Book.Check(_flows.Book.Read(text, definition.Name));
        var landings = new List<RunLanding>();
        migration ??= new FlowMigration();
        ThrowUnlessKnown(flow, target, migration);
        ToRunsOfOthers(flow, target, migration, Look, landings, CancellationToken.None);
        return new FlowEditReport(FlowComparison.Of(latest.Definition, target.Definition), landings);

        static RunLanding? Look(FlowLane flows, ILaneScope scope, int slot, MigrationPlan plan)
        {
            var run = flows.State.Runs[slot];
            return run.Step == FlowGraph.End ? null : plan.Landing(run, flows.State.DetailOf(slot), scope.Now);
        }
    }

    /// <summary>Brings the runs under way of a flow onto its latest version; completes when that is durable.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="migration">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it between two parts. The rest is done by the next opening, or the next call.</param>
    /// <returns>Where the runs landed, by version and step: the same as <see cref="ReportFlowEdit"/> says just before.</returns>
    /// <remarks>
    /// <para>Each run moves in one transition, or not at all. A migration that was begun is finished after a crash, by the next
    /// opening; a run that is on the latest version already is left alone.</para>
    /// <para>Looks at every run of the flow, 1024 at a time under the gate of a lane; writers and turns go on in between. A run that
    /// was triggered and has not entered enters on the version on which it was triggered.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such flow, or the migration names a step that is not there.</exception>
    /// <exception cref="DefinitionException">Its latest version cannot be read. Runs on others that cannot stay where they are.</exception>
    public async ValueTask<IReadOnlyList<RunLanding>> MigrateRunsAsync(
        string flow, FlowMigration? migration = null, CancellationToken cancellationToken = default)
    {
        migration ??= new FlowMigration();
        var found = StandingFlow(flow);
        ThrowUnlessKnown(found, found.Latest.Readable(), migration);
        await _editing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            found = StandingFlow(flow);
            var text = MigrationJson.Write(found.Latest.Number, migration);
            await StoreDefinitionAsync(FlowBook.MigrationKind, flow, text, cancellationToken).ConfigureAwait(false);
            return await MigrateAsync(_flows.Book[found.Number], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _editing.Release();
        }
    }

    private async ValueTask ContinueMigrationsAsync(CancellationToken cancellationToken)
    {
        foreach (var flow in _flows.Book.Flows.Where(f => f.Migration is not null && f.IsReadable))
        {
            await MigrateAsync(flow, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<IReadOnlyList<RunLanding>> MigrateAsync(Flow flow, CancellationToken cancellationToken)
    {
        var (version, migration) = flow.Migration!.Value;
        var landings = new List<RunLanding>();
        ToRunsOfOthers(
            flow,
            flow.Version(version),
            migration,
            (flows, scope, slot, plan) => flows.Migrate(scope, slot, plan),
            landings,
            cancellationToken);

        // The record that it is done comes after the transitions, in the log as well.
        await CommitAsync(cancellationToken).ConfigureAwait(false);
        await StoreDefinitionAsync(FlowBook.MigratedKind, flow.Name, "", cancellationToken).ConfigureAwait(false);
        return landings;
    }

    private void ToRunsOfOthers(
        Flow flow,
        FlowVersion target,
        FlowMigration migration,
        Func<FlowLane, ILaneScope, int, MigrationPlan, RunLanding?> act,
        List<RunLanding> landings,
        CancellationToken cancellationToken)
    {
        var plans = new Dictionary<int, MigrationPlan>();
        var counts = new Dictionary<RunLanding, long>();
        foreach (var (lane, state) in States())
        {
            var flows = _flows.Lanes[lane];
            for (var (first, end) = (0, 1); first < end; first += MigrateStep)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Store.Run(lane, scope =>
                {
                    end = state.Runs.End;
                    for (var slot = first; slot < Math.Min(first + MigrateStep, end); slot++)
                    {
                        if (state.Runs.IsUsed(slot) && state.Plans[state.Runs[slot].Plan] is { } plan
                            && plan.Flow == flow.Number && plan.Version != target.Number
                            && act(flows, scope, slot, PlanOf(plan.Version)) is { } landing)
                        {
                            counts[landing] = counts.GetValueOrDefault(landing) + 1;
                        }
                    }
                });
                Store.LetOthersIn(lane);
            }
        }

        landings.AddRange(counts
            .Select(c => c.Key with { Runs = c.Value })
            .OrderBy(l => l.Version).ThenBy(l => l.Step, StringComparer.Ordinal).ThenBy(l => l.Recomputed));

        MigrationPlan PlanOf(int version)
        {
            return plans.TryGetValue(version, out var plan)
                ? plan
                : plans[version] = new MigrationPlan(flow.Version(version), target, migration);
        }
    }

    private static void ThrowUnlessKnown(Flow flow, FlowVersion target, FlowMigration migration)
    {
        foreach (var (step, to) in migration.Steps)
        {
            if (!flow.Versions.Any(v => Has(v, step)))
            {
                throw new ArgumentException($"No version of the flow '{flow.Name}' has a step '{step}'.", nameof(migration));
            }

            if (to is not null && !Has(target, to))
            {
                throw new ArgumentException($"The new version of the flow '{flow.Name}' has no step '{to}'.", nameof(migration));
            }
        }
    }

    // The messages of experiments are steps as well.
    private static bool Has(FlowVersion version, string step) =>
        Enumerable.Range(0, version.StepCount).Any(i => version.Step(i).Id == step);
}
