namespace Klaviyo;

/// <summary>A question about one profile at one instant, answered with yes or no.</summary>
/// <remarks>
/// Conditions are equal when their content is. An evaluation is pure: the same context gives the same answer. A condition
/// holds no state, so one instance serves all profiles and threads.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record Condition
{
    /// <summary>Tells whether the condition holds.</summary>
    public abstract bool Holds(in EvaluationContext context);

    /// <summary>Gets the earliest instant after T at which the answer may differ if nothing more is written.</summary>
    /// <returns>Null where time alone never changes it. Never an instant at or before T.</returns>
    /// <remarks>It may name an instant at which nothing changes, but never passes over one at which it does.</remarks>
    public abstract Instant? NextBoundary(in EvaluationContext context);

    /// <summary>Tells why the condition holds or not.</summary>
    public abstract Explanation Explain(in EvaluationContext context);

    /// <summary>Adds the metrics, properties and groups whose writes can change the answer.</summary>
    public abstract void AddDependencies(DependencySet dependencies);
}
