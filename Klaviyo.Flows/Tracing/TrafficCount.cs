using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Tracing;

/// <summary>Counts the ways that runs of a flow take, from transition to transition.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class TrafficCount(Flow flow)
{
    private readonly Dictionary<(string From, string To), long> _ways = [];

    // The version of each run under way: a record does not say it again.
    private readonly Dictionary<long, int> _versions = [];

    /// <summary>Gets the ways so far.</summary>
    internal IReadOnlyDictionary<(string From, string To), long> Ways => _ways;

    /// <summary>Goes to the next lane: its runs are others.</summary>
    internal void BeginLane() => _versions.Clear();

    /// <summary>Takes a transition, of any flow.</summary>
    internal void Take(Transition transition)
    {
        if (transition.Kind == DecisionKind.Trigger)
        {
            if (transition.Start.Flow == flow.Number)
            {
                _versions.Add(transition.Run, transition.Start.Version);
            }

            return;
        }

        if (transition.IsOfMessage || !_versions.TryGetValue(transition.Run, out var version))
        {
            return;
        }

        var next = transition.Kind == DecisionKind.Migrate ? transition.Migration.Version : version;
        _versions[transition.Run] = next;
        var way = (From: IdOf(version, transition.From), To: IdOf(next, transition.To));
        if (IsWay(transition, way.From, way.To))
        {
            _ways[way] = _ways.GetValueOrDefault(way) + 1;
        }

        if (transition.To == FlowGraph.End)
        {
            _versions.Remove(transition.Run);
        }
    }

    private static bool IsWay(in Transition transition, string from, string to)
    {
        return transition switch
        {
            { Kind: DecisionKind.Refuse or DecisionKind.Cancel } => false,
            { Kind: DecisionKind.Skip, Reason: SkipReason.FilterFailed } => false,
            { Kind: DecisionKind.Branch } => true,
            _ => from != to,
        };
    }

    private string IdOf(int version, int step) => step == FlowGraph.End ? "" : flow.Version(version).Step(step).Id;
}
