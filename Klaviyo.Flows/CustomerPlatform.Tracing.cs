using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.Tracing;
using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
    /// <summary>Tells all that happened to a run, whether it is under way or has ended, and why.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Null where there is no such run, or its profile was erased.</returns>
    /// <remarks>
    /// <para>What happened is what the log says, up to what is durable. Why is found anew from what is known of the profile today, as
    /// of the instant of each decision; where that leads to another decision, <see cref="RunTraceEntry.IsSameToday"/> says so.</para>
    /// <para>Reads the log of one lane once, some hundred megabytes a second; writers go on meanwhile.</para>
    /// </remarks>
    /// <exception cref="StoreCorruptedException">The log is damaged.</exception>
    public async Task<RunTrace?> TraceRunAsync(RunId run, CancellationToken cancellationToken = default)
    {
        if (run.Value < 0 || run.Lane >= Store.LaneCount)
        {
            return null;
        }

        var traces = await Task.Run(() => Traces(run.Lane, t => t.Run == run.Number, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        return traces.FirstOrDefault();
    }

    /// <summary>Tells all that happened to the runs of a profile, over all flows, those that have ended among them.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>By run; none where no profile has the identifier. Runs of what was merged into it are among them where they are of its lane.</returns>
    /// <remarks>As <see cref="TraceRunAsync"/>.</remarks>
    /// <exception cref="StoreCorruptedException">The log is damaged.</exception>
    public async Task<IReadOnlyList<RunTrace>> TraceRunsAsync(Identifier profile, CancellationToken cancellationToken = default)
    {
        if (!Store.TryFind(profile, out var lane, out var ordinal))
        {
            return [];
        }

        bool IsMeant(Transition trigger)
        {
            var same = false;
            Store.Run(lane, scope => same = scope.IdOf(trigger.Start.Ordinal) == scope.IdOf(ordinal));
            return same;
        }

        return await Task.Run(() => Traces(lane, IsMeant, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Counts which ways the runs of a flow took from step to step, over all of its versions.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The ways, counted up to what is durable, and the counts of each step, which are those of now.</returns>
    /// <remarks>Reads the whole log once, some hundred megabytes a second; writers go on meanwhile. Memory goes with the runs under way at a time.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    /// <exception cref="StoreCorruptedException">The log is damaged.</exception>
    public async Task<FlowTraffic> CountTrafficAsync(string flow, CancellationToken cancellationToken = default)
    {
        var found = FlowOf(flow);
        var count = new TrafficCount(found);
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var number = lane;
            count.BeginLane();
            await Task.Run(
                () => Store.ReadExtension(number, record => TransitionLog.Read(record, count.Take), cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }

        return new FlowTraffic(FlowStats(flow), count.Ways);
    }

    private List<RunTrace> Traces(int lane, Func<Transition, bool> isMeant, CancellationToken cancellationToken)
    {
        var runs = new SortedDictionary<long, List<Transition>>();
        Store.ReadExtension(lane, record => TransitionLog.Read(record, transition =>
        {
            if (transition.Kind == DecisionKind.Trigger && isMeant(transition))
            {
                runs[transition.Run] = [transition];
            }
            else if (runs.TryGetValue(transition.Run, out var found))
            {
                found.Add(transition);
            }
        }), cancellationToken);

        var traces = new List<RunTrace>();
        Store.Run(lane, scope =>
        {
            foreach (var transitions in runs.Values.Where(t => !Store.IsErasedUnderGate(lane, t[0].Start.Ordinal)))
            {
                traces.Add(Trace(scope, transitions));
            }
        });
        return traces;
    }

    private RunTrace Trace(ILaneScope scope, List<Transition> transitions)
    {
        var start = transitions[0].Start;
        var version = _flows.Book[start.Flow].Version(start.Version);
        var (run, profile) = (RunId.Of(scope.Lane, transitions[0].Run), scope.IdOf(start.Ordinal));

        // Whether the limits of sending were reached is not asked anew: the message itself counts by now.
        var facts = new LaneFacts(SendPolicy.None, static (_, _, _) => { });
        facts.Turn(scope, start.Ordinal, start.Trigger, lastEntry: null);
        var replay = new RunReplay(_flows.Book[start.Flow], transitions[0]);
        var entries = transitions.ConvertAll(t => replay.Take(t, run, profile, facts));
        var state = _flows.Lanes[scope.Lane].State;
        var slot = transitions[0].Slot;
        var isUnderWay = slot < state.Runs.End && state.Runs.IsUsed(slot) && state.Runs[slot].Number == transitions[0].Run;
        return new RunTrace
        {
            Run = run,
            Flow = version.Definition.Name,
            Version = start.Version,
            Profile = profile,
            Trigger = start.Trigger,
            Entries = entries,
            Current = isUnderWay ? Describe(scope, state, slot) : null,
        };
    }
}
