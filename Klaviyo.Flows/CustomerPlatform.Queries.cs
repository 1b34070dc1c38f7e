using System.Runtime.CompilerServices;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Definitions.Editing;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.Tracing;
using Klaviyo.Storage.Lanes;

namespace Klaviyo;

// Which runs and decisions: found, and runs ended or moved, by what they are.
public sealed partial class CustomerPlatform
{
    private delegate void RunAct(ILaneScope scope, FlowLane flows, int slot, FlowRun run);

    /// <summary>Gets the runs under way that are meant.</summary>
    /// <param name="query">Which.</param>
    /// <remarks>
    /// Of a profile its runs alone are looked at, else every run, some thousand at a time under the gate. Writers go on meanwhile; each run
    /// is seen as it is when it is looked at.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public IEnumerable<FlowRun> Runs(RunQuery query) => FindRuns(query, FlowOf(query));

    /// <summary>Ends the runs that are meant; completes when that is durable.</summary>
    /// <param name="query">Which.</param>
    /// <param name="reason">Why, for people; stands in the log.</param>
    /// <param name="cancellationToken">Ends it between two parts: runs that were ended stay ended.</param>
    /// <returns>How many, and how many of their messages had been decided already and go out all the same.</returns>
    /// <remarks>They take no further step. As <see cref="Runs(RunQuery)"/>.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public async ValueTask<CancelledRuns> CancelRunsAsync(
        RunQuery query, string reason = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        var cancelled = default(CancelledRuns);
        await ToRunsAsync(
            query,
            FlowOf(query),
            (scope, flows, slot, _) => cancelled = new CancelledRuns(cancelled.Runs + 1, cancelled.Messages + flows.Cancel(scope, slot, reason)),
            cancellationToken).ConfigureAwait(false);
        return cancelled;
    }

    /// <summary>Has the runs that are meant go on at another step of their flow; completes when that is durable.</summary>
    /// <param name="query">Which, of one flow: parked runs, say, of a step that cannot be mended.</param>
    /// <param name="step">The id of the step that they take next, at once.</param>
    /// <param name="cancellationToken">Ends it between two parts: runs that were moved stay moved.</param>
    /// <returns>
    /// How many. Who has not entered, stands on the step already, stands until its message has a result, or keeps a version without such
    /// a step stays where it is.
    /// </returns>
    /// <remarks>Variables and the instant of entry stay; messages that were decided go out. As <see cref="Runs(RunQuery)"/>.</remarks>
    /// <exception cref="ArgumentException">The query names no flow, or there is no such flow, or no version of it has such a step.</exception>
    public async ValueTask<int> RedirectRunsAsync(RunQuery query, string step, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentException.ThrowIfNullOrEmpty(step);
        var flow = StandingFlow(query.Flow ?? throw new ArgumentException("Which flow the runs are of has to be said.", nameof(query)));
        var plans = Enumerable.Range(1, flow.Latest.Number).ToDictionary(number => number, number => RedirectTo(flow.Version(number), step));
        if (plans.Values.All(plan => plan is null))
        {
            throw new ArgumentException($"The flow '{flow.Name}' has no step '{step}'.", nameof(step));
        }

        var moved = 0;
        await ToRunsAsync(
            query,
            flow.Number,
            (scope, flows, slot, run) =>
            {
                if (run.Step != step && plans[run.Version] is { } plan
                    && flows.Migrate(scope, slot, plan) is { Outcome: not LandingOutcome.Stays })
                {
                    moved++;
                }
            },
            cancellationToken).ConfigureAwait(false);
        return moved;
    }

    /// <summary>Reads back what happened to runs and messages, of those that ended too: who got nothing last week, and why.</summary>
    /// <param name="query">What is looked for.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>In the order in which it happened, within a lane; up to what is durable. What happened to profiles that were erased is left out.</returns>
    /// <remarks>
    /// Reads the whole log once, some hundred megabytes a second; writers go on meanwhile. Memory goes with the runs under way at a time.
    /// What was decided is what the log says; <see cref="TraceRunAsync"/> tells why.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    /// <exception cref="StoreCorruptedException">The log is damaged.</exception>
    public IAsyncEnumerable<FlowDecision> DecisionHistoryAsync(DecisionQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        _ = query.Flow is null ? null : FlowOf(query.Flow);
        return ReadDecisionsAsync(query, cancellationToken);
    }

    private static MigrationPlan? RedirectTo(FlowVersion version, string step)
    {
        if (version.Fault is not null)
        {
            return null;
        }

        string[] steps = [.. Enumerable.Range(0, version.StepCount).Select(i => version.Step(i).Id)];
        return steps.Contains(step)
            ? new MigrationPlan(version, version, new FlowMigration { Steps = ValueList.Of(steps.Select(from => new StepMigration(from, step))) })
            : null;
    }

    private async IAsyncEnumerable<FlowDecision> ReadDecisionsAsync(
        DecisionQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var history = new DecisionHistory(_flows.Book, lane, query);
            using var reading = Store.BeginReadingExtension(lane);
            for (var more = true; more;)
            {
                more = await Task.Run(
                    () => Store.ReadExtension(reading, record => TransitionLog.Read(record, history.Take), cancellationToken),
                    cancellationToken).ConfigureAwait(false);
                foreach (var decision in Named(lane, history.Found))
                {
                    yield return decision;
                }

                history.Found.Clear();
            }
        }
    }

    private List<FlowDecision> Named(int lane, List<(int Ordinal, FlowDecision Decision)> found)
    {
        var named = new List<FlowDecision>(found.Count);
        Store.Run(lane, scope => named.AddRange(
            found.Where(f => !Store.IsErasedUnderGate(lane, f.Ordinal)).Select(f => f.Decision with { Profile = scope.IdOf(f.Ordinal) })));
        return named;
    }

    private IEnumerable<FlowRun> FindRuns(RunQuery query, int? flow)
    {
        var found = new List<FlowRun>();
        foreach (var _ in Turns(query, flow, (_, _, _, run) => found.Add(run)))
        {
            foreach (var run in found)
            {
                yield return run;
            }

            found.Clear();
        }
    }

    private async ValueTask ToRunsAsync(RunQuery query, int? flow, RunAct act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var lane in Turns(query, flow, act))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Store.LetOthersIn(lane);
        }

        await CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private int? FlowOf(RunQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.Flow is { } name ? FlowOf(name).Number : null;
    }

    // One turn at a gate for each number of a lane that is taken.
    private IEnumerable<int> Turns(RunQuery query, int? flow, RunAct act) =>
        query.Profile is { } profile ? TurnOf(profile, query, flow, act) : TurnsOfAll(query, flow, act);

    private IEnumerable<int> TurnOf(Identifier profile, RunQuery query, int? flow, RunAct act)
    {
        if (Store.TryFind(profile, out var lane, out var ordinal))
        {
            Store.Run(lane, scope =>
            {
                foreach (var slot in _flows.Lanes[lane].State.RunsOf(ordinal).ToArray())
                {
                    ActIfMeant(scope, slot, query, flow, act);
                }
            });
            yield return lane;
        }
    }

    private IEnumerable<int> TurnsOfAll(RunQuery query, int? flow, RunAct act)
    {
        foreach (var (lane, state) in States().Where(s => query.Run is not { } run || run.Lane == s.Lane))
        {
            for (var (first, end) = (0, 1); first < end; first += ScanStep)
            {
                Store.Run(lane, scope =>
                {
                    end = state.Runs.End;
                    for (var slot = first; slot < Math.Min(first + ScanStep, end); slot++)
                    {
                        if (state.Runs.IsUsed(slot))
                        {
                            ActIfMeant(scope, slot, query, flow, act);
                        }
                    }
                });
                yield return lane;
            }
        }
    }

    private void ActIfMeant(ILaneScope scope, int slot, RunQuery query, int? flow, RunAct act)
    {
        var flows = _flows.Lanes[scope.Lane];
        var (state, number) = (flows.State, flows.State.Runs[slot].Number);
        if ((flow is null || state.Plans[state.Runs[slot].Plan].Flow == flow)
            && (query.Run is null || query.Run == RunId.Of(scope.Lane, number))
            && Describe(scope, state, slot) is var run && query.Means(run))
        {
            act(scope, flows, slot, run);
        }
    }
}
