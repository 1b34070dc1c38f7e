using Klaviyo.Flows.Interpreter;

namespace Klaviyo;

/// <summary>Which decisions of the past are meant. What is null is not asked for; a query that asks for nothing means all.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record DecisionQuery
{
    /// <summary>Gets the name of the flow.</summary>
    public string? Flow { get; init; }

    /// <summary>Gets the id of the step.</summary>
    public string? Step { get; init; }

    /// <summary>Gets what happened.</summary>
    public DecisionKind? Kind { get; init; }

    /// <summary>Gets why something was not done.</summary>
    public SkipReason? Skip { get; init; }

    /// <summary>Gets the instants for which it was decided.</summary>
    public TimeRange? At { get; init; }

    /// <summary>Whether a transition is meant, as far as its flow and step are.</summary>
    internal bool Means(in Transition transition)
    {
        return (Kind is null || Kind == transition.Kind)
            && (Skip is null || Skip == transition.Reason)
            && (At is null || At.Value.Contains(transition.At));
    }
}
