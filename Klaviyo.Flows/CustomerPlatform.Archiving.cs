using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Json;

namespace Klaviyo;

// The end of a flow: archived, restored, deleted.
public sealed partial class CustomerPlatform
{
    /// <summary>Gets all flows, in the order in which they were first defined, with those that are archived or deleted.</summary>
    /// <remarks>A flow that was deleted before it started anything leaves nothing, and is not among them.</remarks>
    public IReadOnlyList<FlowSummary> AllFlows =>
        [.. _flows.Book.Flows.Where(f => f.Life != FlowLife.Deleted || HasStarted(f)).Select(Summary)];

    /// <summary>Archives a flow: nothing enters it until it is restored; completes when that is durable.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="cancelRuns">Whether its runs are ended; else they go on to their end.</param>
    /// <param name="cancellationToken">Ends it between two parts. The rest is done by the next opening, or the next call.</param>
    /// <returns>The runs that were ended, and how many of their messages are on their way all the same.</returns>
    /// <remarks>
    /// <para>What was triggered by then enters. What waits for an instant to come, a birthday say, does not; an enrolment from history
    /// that is not done is given up. The flow may be edited, and its runs migrated, paused and cancelled, as ever.</para>
    /// <para>Looks at every run under way of the store, 4096 at a time under the gate of a lane. After a crash the next opening goes on.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public async ValueTask<CancelledRuns> ArchiveFlowAsync(
        string flow, bool cancelRuns = false, CancellationToken cancellationToken = default)
    {
        await _editing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var found = StandingFlow(flow);
            if (cancelRuns || found.Life == FlowLife.Live)
            {
                await SetLifeAsync(flow, cancelRuns ? FlowLife.Ending : FlowLife.Archived, cancellationToken).ConfigureAwait(false);
            }

            return await EndRunsAsync(_flows.Book[found.Number], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _editing.Release();
        }
    }

    /// <summary>Restores an archived flow: what happens from then on starts runs; completes when that is durable.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <remarks>It is paused if it was. One that is not archived is left as it is.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    /// <exception cref="DefinitionException">It can no longer be run, because a segment that it names is gone, say.</exception>
    public async ValueTask RestoreFlowAsync(string flow, CancellationToken cancellationToken = default)
    {
        await _editing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var found = StandingFlow(flow);
            if (found.Life != FlowLife.Live)
            {
                _ = Check(FlowJson.Write(found.Latest.Readable().Definition), flow);
                await SetLifeAsync(flow, FlowLife.Live, cancellationToken).ConfigureAwait(false);
                await ArmTimedAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _editing.Release();
        }
    }

    /// <summary>Deletes a flow for ever; completes when that is durable.</summary>
    /// <param name="flow">Its name. One that is deleted already changes nothing.</param>
    /// <param name="cancelRuns">
    /// Whether its runs are ended, and its messages that are not delivered yet given up; else it is refused where there are any.
    /// </param>
    /// <param name="cancellationToken">Ends it between two parts. The rest is done by the next opening, or the next call.</param>
    /// <returns>The runs that were ended. None of their messages goes out any more.</returns>
    /// <remarks>
    /// <para>What it did stays: statistics, traces and events name it. So its name is not given to another flow, unless it never started
    /// anything.</para>
    /// <para>Waits for those of its messages that channels are busy with; else as <see cref="ArchiveFlowAsync"/>.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    /// <exception cref="InvalidOperationException">Runs are under way or messages not delivered, and they are not to be cancelled.</exception>
    public async ValueTask<CancelledRuns> DeleteFlowAsync(
        string flow, bool cancelRuns = false, CancellationToken cancellationToken = default)
    {
        await _editing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await DeleteAsync(FlowOf(flow), cancelRuns, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _editing.Release();
        }
    }

    private async ValueTask<CancelledRuns> DeleteAsync(Flow flow, bool cancelRuns, CancellationToken cancellationToken)
    {
        if (flow.Life == FlowLife.Deleted)
        {
            return default;
        }

        await BetweenTurnsAsync(
            async () =>
            {
                RecordDone(new FlowProgress());
                if (!cancelRuns && Unfinished(flow) is (var runs, var messages) && runs + messages > 0)
                {
                    throw new InvalidOperationException(
                        $"The flow '{flow.Name}' has {runs} runs under way and {messages} messages that are not delivered: archive it and let them finish, or have them cancelled.");
                }

                await SetLifeAsync(flow.Name, FlowLife.Deleting, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

        // From now on none of its messages is handed over; those that were are waited for, and nobody else waits meanwhile.
        await _sender.WhenIdleAsync(flow.Name, cancellationToken).ConfigureAwait(false);
        return await BetweenTurnsAsync(
            async () =>
            {
                RecordDone(new FlowProgress());
                return await EndRunsAsync(_flows.Book[flow.Number], cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<T> BetweenTurnsAsync<T>(Func<ValueTask<T>> act, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await act().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    // What a crash interrupted.
    private async ValueTask ContinueEndingsAsync(CancellationToken cancellationToken)
    {
        foreach (var flow in _flows.Book.Flows.Where(f => f.Life is FlowLife.Ending or FlowLife.Deleting))
        {
            await EndRunsAsync(flow, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<CancelledRuns> EndRunsAsync(Flow flow, CancellationToken cancellationToken)
    {
        var ended = default(CancelledRuns);
        await ToRunsAsync(
            new RunQuery(),
            flow.Number,
            (scope, flows, slot, _) =>
            {
                if (flows.End(scope, slot, flow) is { WasUnderWay: true } one)
                {
                    ended = new CancelledRuns(ended.Runs + 1, ended.Messages + one.Messages);
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (flow.Life == FlowLife.Archived)
        {
            return ended;
        }

        if (flow.Life == FlowLife.Deleting)
        {
            await ToAllAsync(
                state => Enumerable.Range(0, state.Outbox.Messages.End).Where(slot => IsMessageOf(state, slot, flow)),
                (_, _, _, _) => true,
                (flows, scope, slot) => flows.Withdraw(scope, slot),
                cancellationToken).ConfigureAwait(false);
        }

        // The record that it is done comes after the transitions, in the log as well.
        var done = flow.Life == FlowLife.Ending ? FlowLife.Archived : FlowLife.Deleted;
        await SetLifeAsync(flow.Name, done, cancellationToken).ConfigureAwait(false);
        return done == FlowLife.Deleted ? ended with { Messages = 0 } : ended;
    }

    // What waits for an instant to come is not under way.
    private (int Runs, int Messages) Unfinished(Flow flow)
    {
        var (runs, messages) = (0, 0);
        foreach (var (lane, state) in States())
        {
            Store.Run(lane, scope =>
            {
                runs += Enumerable.Range(0, state.Runs.End).Count(slot => state.Runs.IsUsed(slot)
                    && state.Plans[state.Runs[slot].Plan].Flow == flow.Number
                    && !(state.Runs[slot].Status == RunStatus.Triggered && state.Runs[slot].Due > scope.Now));
                messages += Enumerable.Range(0, state.Outbox.Messages.End).Count(slot => IsMessageOf(state, slot, flow));
            });
        }

        return (runs, messages);
    }

    private static bool IsMessageOf(LaneState state, int slot, Flow flow) =>
        state.Outbox.Messages.IsUsed(slot) && state.Plans[state.Outbox.Messages[slot].Plan].Flow == flow.Number;

    private bool HasStarted(Flow flow)
    {
        var has = false;
        foreach (var (lane, state) in States())
        {
            Store.Run(lane, _ => has |= state.Plans.InOrder().Any(p => p.Flow == flow.Number));
        }

        return has;
    }

    private ValueTask SetLifeAsync(string flow, FlowLife life, CancellationToken cancellationToken) =>
        StoreDefinitionAsync(FlowBook.LifeKind, flow, FlowLifeText.Of(life), cancellationToken);

    private static FlowSummary Summary(Flow flow)
    {
        var latest = flow.Latest;
        return new FlowSummary(flow.Name, latest.Number, flow.Paused, latest.Fault is null ? latest.Definition : null)
        {
            Archived = flow.Life is FlowLife.Archived or FlowLife.Ending,
            Deleted = flow.IsDeleted,
            Fault = flow.Versions.LastOrDefault(v => v.Fault is not null)?.Fault,
        };
    }
}
