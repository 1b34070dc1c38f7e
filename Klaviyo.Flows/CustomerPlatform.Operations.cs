using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;
using Klaviyo.Storage.Lanes;
using FlowState = Klaviyo.Flows.Interpreter.LaneState;

namespace Klaviyo;

// What a person does to runs and messages.
public sealed partial class CustomerPlatform
{
    /// <summary>Ends a run; completes when that is durable.</summary>
    /// <param name="run">The run.</param>
    /// <param name="reason">Why, for people; stands in the log.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>One run; none where it is not under way.</returns>
    /// <remarks>
    /// <para>It takes no further step. Messages that it has decided go out all the same; they are counted.</para>
    /// <para>Looks at every run of the lane, some thousand at a time under the gate.</para>
    /// </remarks>
    public ValueTask<CancelledRuns> CancelRunAsync(RunId run, string reason = "", CancellationToken cancellationToken = default) =>
        CancelRunsAsync(new RunQuery { Run = run }, reason, cancellationToken);

    /// <summary>Ends the runs of a flow; completes when that is durable.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="reason">Why, for people; stands in the log.</param>
    /// <param name="cancellationToken">Ends it between two parts: runs that were ended stay ended.</param>
    /// <remarks>What is triggered meanwhile may run on: pause the flow first where nothing must.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public ValueTask<CancelledRuns> CancelRunsAsync(string flow, string reason = "", CancellationToken cancellationToken = default) =>
        CancelRunsAsync(new RunQuery { Flow = flow }, reason, cancellationToken);

    /// <summary>Ends the runs of a profile, over all flows; completes when that is durable.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="reason">Why, for people; stands in the log.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>None where no profile has the identifier.</returns>
    public ValueTask<CancelledRuns> CancelRunsAsync(
        Identifier profile, string reason = "", CancellationToken cancellationToken = default) =>
        CancelRunsAsync(new RunQuery { Profile = profile }, reason, cancellationToken);

    /// <summary>Gets the runs of a flow that are parked because their step failed, with the reason.</summary>
    /// <param name="flow">Its name.</param>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public IReadOnlyList<FlowRun> ParkedRuns(string flow)
    {
        var (number, runs) = (FlowOf(flow).Number, new List<FlowRun>());
        foreach (var (lane, state) in States())
        {
            Store.Run(lane, scope => runs.AddRange(
                state.Parked.Where(s => state.Plans[state.Runs[s].Plan].Flow == number).Select(s => Describe(scope, state, s))));
        }

        return runs;
    }

    /// <summary>Has runs that are parked take their step again; completes when that is durable.</summary>
    /// <param name="flow">The name of the flow.</param>
    /// <param name="step">The id of the step; null for every step.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>How many.</returns>
    /// <remarks>They keep their version of the flow; what failed because of the definition will fail again.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public ValueTask<int> ReleaseRunsAsync(string flow, string? step = null, CancellationToken cancellationToken = default) =>
        ToParkedAsync(flow, step, (flows, scope, slot) => flows.Release(scope, slot), cancellationToken);

    /// <summary>Has runs that are parked pass over the step that failed; completes when that is durable.</summary>
    /// <param name="flow">The name of the flow.</param>
    /// <param name="step">The id of the step; null for every step.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>How many.</returns>
    /// <remarks>From a split they go on by its first exit.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    /// <exception cref="DefinitionException">The version of one of them cannot be read, so nobody knows what comes next.</exception>
    public ValueTask<int> SkipParkedStepAsync(string flow, string? step = null, CancellationToken cancellationToken = default) =>
        ToParkedAsync(flow, step, (flows, scope, slot) => flows.SkipStep(scope, slot), cancellationToken);

    /// <summary>Has a run that is parked take its step again; completes when that is durable.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>One; none where it is not parked.</returns>
    public ValueTask<int> ReleaseRunAsync(RunId run, CancellationToken cancellationToken = default) =>
        ToParkedAsync(run, (flows, scope, slot) => flows.Release(scope, slot), cancellationToken);

    /// <summary>Has a run that is parked pass over the step that failed; completes when that is durable.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>One; none where it is not parked.</returns>
    /// <remarks>From a split it goes on by its first exit.</remarks>
    /// <exception cref="DefinitionException">Its version cannot be read, so nobody knows what comes next.</exception>
    public ValueTask<int> SkipParkedStepAsync(RunId run, CancellationToken cancellationToken = default) =>
        ToParkedAsync(run, (flows, scope, slot) => flows.SkipStep(scope, slot), cancellationToken);

    /// <summary>Gets the messages that were not delivered and stay until somebody decides.</summary>
    /// <param name="flow">The name of the flow; null for all.</param>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public IReadOnlyList<DeadLetter> DeadLetters(string? flow = null)
    {
        var (number, letters) = (flow is null ? -1 : FlowOf(flow).Number, new List<DeadLetter>());
        foreach (var (lane, state) in States())
        {
            Store.Run(lane, scope => letters.AddRange(
                state.Outbox.Letters.Keys
                    .Where(s => number < 0 || state.Plans[state.Outbox.Messages[s].Plan].Flow == number)
                    .Select(s => _flows.Lanes[lane].Describe(scope, s))));
        }

        return letters;
    }

    /// <summary>Has messages that stay tried again, with their keys and all their attempts anew; completes when that is durable.</summary>
    /// <param name="flow">The name of the flow.</param>
    /// <param name="step">The id of the step; null for every step.</param>
    /// <param name="key">The key of the only message that is meant; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>How many.</returns>
    /// <remarks>One that is uncertain may then arrive twice.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public ValueTask<int> RetryDeadLettersAsync(
        string flow, string? step = null, string? key = null, CancellationToken cancellationToken = default)
    {
        return ToLettersAsync(flow, step, key, (flows, scope, slot) => flows.Requeue(scope, slot), cancellationToken);
    }

    /// <summary>Gives up messages that stay; completes when that is durable.</summary>
    /// <param name="flow">The name of the flow.</param>
    /// <param name="step">The id of the step; null for every step.</param>
    /// <param name="key">The key of the only message that is meant; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>How many.</returns>
    /// <remarks>Their runs go on; to end one as well, cancel it.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public ValueTask<int> DropDeadLettersAsync(
        string flow, string? step = null, string? key = null, CancellationToken cancellationToken = default)
    {
        return ToLettersAsync(flow, step, key, (flows, scope, slot) => flows.Drop(scope, slot), cancellationToken);
    }

    private ValueTask<int> ToParkedAsync(
        string flow, string? step, Action<FlowLane, ILaneScope, int> act, CancellationToken cancellationToken)
    {
        var found = FlowOf(flow);
        return ToAllAsync(
            state => state.Parked,
            (_, _, slot, state) => IsOf(found.Number, step, state.Plans[state.Runs[slot].Plan], state.Runs[slot].Step),
            act,
            cancellationToken);
    }

    private ValueTask<int> ToParkedAsync(
        RunId run, Action<FlowLane, ILaneScope, int> act, CancellationToken cancellationToken)
    {
        return ToAllAsync(
            state => state.Parked,
            (_, scope, slot, state) => RunId.Of(scope.Lane, state.Runs[slot].Number) == run,
            act,
            cancellationToken);
    }

    private ValueTask<int> ToLettersAsync(
        string flow, string? step, string? key, Action<FlowLane, ILaneScope, int> act, CancellationToken cancellationToken)
    {
        var found = FlowOf(flow);
        return ToAllAsync(
            state => state.Outbox.Letters.Keys,
            (flows, scope, slot, state) =>
                IsOf(found.Number, step, state.Plans[state.Outbox.Messages[slot].Plan], state.Outbox.Messages[slot].Step)
                && (key is null || flows.Describe(scope, slot).Key == key),
            act,
            cancellationToken);
    }

    private bool IsOf(int flow, string? step, FlowPlan plan, int number) =>
        plan.Flow == flow && (step is null || _flows.Book[flow].Version(plan.Version).Step(number).Id == step);

    private async ValueTask<int> ToAllAsync(
        Func<FlowState, IEnumerable<int>> slots,
        Func<FlowLane, ILaneScope, int, FlowState, bool> isMeant,
        Action<FlowLane, ILaneScope, int> act,
        CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var (lane, state) in States())
        {
            var flows = _flows.Lanes[lane];
            Store.Run(lane, scope =>
            {
                foreach (var slot in slots(state).Where(slot => isMeant(flows, scope, slot, state)).ToArray())
                {
                    act(flows, scope, slot);
                    count++;
                }
            });
        }

        await CommitAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    private IEnumerable<(int Lane, FlowState State)> States() =>
        Enumerable.Range(0, Store.LaneCount).Select(lane => (lane, _flows.Lanes[lane].State));
}
