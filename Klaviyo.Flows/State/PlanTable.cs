using Klaviyo.Flows.Interpreter;
using Klaviyo.Storage.Images;

namespace Klaviyo.Flows.State;

/// <summary>A version of a flow that runs of a lane keep, and what happened at its steps.</summary>
/// <param name="flow">The flow, by number.</param>
/// <param name="version">The version, from 1.</param>
internal sealed class FlowPlan(int flow, int version)
{
    private Tally?[] _tallies = [];

    /// <summary>Gets the flow, by number.</summary>
    internal int Flow => flow;

    /// <summary>Gets the version, from 1.</summary>
    internal int Version => version;

    /// <summary>Gets the counts of the steps at which anything happened, by step; −1 is the way in.</summary>
    internal IEnumerable<(int Step, Tally Tally)> Tallies =>
        _tallies.Select((tally, i) => (i - 1, tally)).Where(t => t.tally is not null).Select(t => (t.Item1, t.tally!));

    /// <summary>Gets the counts of a step; −1 is the way in.</summary>
    internal Tally TallyOf(int step)
    {
        if (step + 1 >= _tallies.Length)
        {
            Array.Resize(ref _tallies, step + 2);
        }

        return _tallies[step + 1] ??= new Tally();
    }
}

/// <summary>The versions of flows that runs of a lane keep, by small numbers, which mean nothing outside this state.</summary>
/// <remarks>An image is made of pages of one version.</remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class PlanTable
{
    private readonly Dictionary<(int Flow, int Version), int> _numbers = [];
    private readonly List<FlowPlan> _plans = [];

    /// <summary>Gets or sets the image under way; null for none.</summary>
    internal PagedImage? Image { get; set; }

    /// <summary>Gets how many there are.</summary>
    internal int Count => _plans.Count;

    /// <summary>Gets a version by its number here.</summary>
    internal FlowPlan this[int plan] => _plans[plan];

    /// <summary>Gets the number of a version; gives it one where it has none.</summary>
    internal int NumberOf(int flow, int version)
    {
        if (!_numbers.TryGetValue((flow, version), out var plan))
        {
            _numbers.Add((flow, version), plan = _plans.Count);
            _plans.Add(new FlowPlan(flow, version));
        }

        return plan;
    }

    /// <summary>Gets the counts of a step, to be changed; −1 is the way in.</summary>
    internal Tally TallyOf(int plan, int step)
    {
        Image?.Keep(plan);
        return _plans[plan].TallyOf(step);
    }

    /// <summary>Gets the versions at which anything happened, by flow and version.</summary>
    internal IEnumerable<FlowPlan> InOrder() => _plans.OrderBy(p => (p.Flow, p.Version));
}
