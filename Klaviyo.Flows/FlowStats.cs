using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo;

/// <summary>What a flow has done so far, over all of its versions. Counts are exact.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowStats
{
    /// <summary>Gets the name of the flow.</summary>
    public required string Flow { get; init; }

    /// <summary>Gets how many runs entered.</summary>
    public long Entered { get; init; }

    /// <summary>Gets how many runs are under way: they entered and have not ended. What waits for its instant to enter is none.</summary>
    public long Running { get; init; }

    /// <summary>Gets how many messages were decided.</summary>
    public long Sends { get; init; }

    /// <summary>Gets how many of them were delivered.</summary>
    public long Delivered { get; init; }

    /// <summary>Gets how many of them bounced, were given up by hand, or must no longer be delivered.</summary>
    /// <remarks>One that its channel failed for another reason is among <see cref="DeadLetters"/>.</remarks>
    public long Failed { get; init; }

    /// <summary>
    /// Gets how many of them were not delivered and stay until somebody decides, those among them of which it is not known whether they
    /// arrived.
    /// </summary>
    /// <remarks><see cref="CustomerPlatform.DeadLetters"/> lists them.</remarks>
    public long DeadLetters { get; init; }

    /// <summary>Gets how many of them have no result yet, and are still being tried.</summary>
    public long Pending => Sends - Delivered - Failed - DeadLetters;

    /// <summary>Gets how many runs are parked because their step failed.</summary>
    /// <remarks><see cref="CustomerPlatform.ParkedRuns"/> lists them.</remarks>
    public long Parked { get; init; }

    /// <summary>Gets how many runs and messages stay at each step until somebody decides, by its id; steps with none are left out.</summary>
    public IReadOnlyDictionary<string, StepBacklog> Backlog { get; init; } = new Dictionary<string, StepBacklog>();

    /// <summary>Gets how many times a profile was written to.</summary>
    public long Updates { get; init; }

    /// <summary>Gets how often something was not done, by reason.</summary>
    public IReadOnlyDictionary<SkipReason, long> Skips { get; init; } = new Dictionary<SkipReason, long>();

    /// <summary>Gets what happened at each step, by its id, and how often; the way in has the empty id.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<DecisionKind, long>> Steps { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<DecisionKind, long>>();

    /// <summary>Gets how often something was not done at each step, by its id, and why; the way in has the empty id, steps with none are left out.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<SkipReason, long>> StepSkips { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<SkipReason, long>>();

    /// <summary>Gets how many runs stand on each step now, by its id; steps with none are left out.</summary>
    /// <value>They wait there, are parked there, or are about to take it. What waits for its instant to enter is none.</value>
    public IReadOnlyDictionary<string, long> Waiting { get; init; } = new Dictionary<string, long>();

    /// <summary>Adds up the counts of the lanes.</summary>
    internal static FlowStats Of(
        Flow flow,
        IEnumerable<(int Version, int Step, Tally Tally)> tallies,
        IReadOnlyCollection<(int Version, int Step, bool IsRun)> staying,
        IEnumerable<((int Version, int Step) Place, long Runs)> waiting)
    {
        var (total, ended, steps) = (new Tally(), 0L, new Dictionary<string, Tally>(StringComparer.Ordinal));
        foreach (var (version, step, tally) in tallies)
        {
            var id = step == FlowGraph.End ? "" : flow.Version(version).Step(step).Id;
            steps.TryAdd(id, new Tally());
            steps[id].Add(tally);
            total.Add(tally);
            ended += step == FlowGraph.End ? 0 : tally.Ended;
        }

        return new FlowStats
        {
            Flow = flow.Name,
            Entered = total[DecisionKind.Enter],
            Running = total[DecisionKind.Enter] - ended,
            Sends = total[DecisionKind.Send],
            Delivered = total[DecisionKind.Deliver],
            Failed = total[DecisionKind.Fail] + total[DecisionKind.Withdraw] + total[DecisionKind.Drop],
            DeadLetters = staying.Count(s => !s.IsRun),
            Parked = staying.Count(s => s.IsRun),
            Backlog = staying
                .GroupBy(s => flow.Version(s.Version).Step(s.Step).Id, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => new StepBacklog(g.Count(s => s.IsRun), g.Count(s => !s.IsRun)), StringComparer.Ordinal),
            Updates = total[DecisionKind.Update],
            Skips = Reasons(total),
            Steps = steps.ToDictionary(
                s => s.Key, s => (IReadOnlyDictionary<DecisionKind, long>)Kinds(s.Value), StringComparer.Ordinal),
            StepSkips = steps.Select(s => (s.Key, Reasons: Reasons(s.Value))).Where(s => s.Reasons.Count > 0).ToDictionary(
                s => s.Key, s => (IReadOnlyDictionary<SkipReason, long>)s.Reasons, StringComparer.Ordinal),
            Waiting = waiting
                .GroupBy(w => flow.Version(w.Place.Version).Step(w.Place.Step).Id, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Sum(w => w.Runs), StringComparer.Ordinal),
        };
    }

    private static Dictionary<SkipReason, long> Reasons(Tally tally) =>
        Enum.GetValues<SkipReason>().Where(r => tally[r] > 0).ToDictionary(r => r, r => tally[r]);

    private static Dictionary<DecisionKind, long> Kinds(Tally tally) =>
        Enum.GetValues<DecisionKind>().Where(k => tally[k] > 0).ToDictionary(k => k, k => tally[k]);
}
