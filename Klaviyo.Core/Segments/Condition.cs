namespace Klaviyo;

/// <summary>A question about one profile at one instant, answered with yes or no.</summary>
/// <remarks>
/// Conditions are equal when their content is. An evaluation is pure: the same context gives the same answer. A condition
/// holds no state, so one instance serves all profiles and threads. Conditions stand in one another at most 256 deep; one that is
/// deeper is not made, but refused with an <see cref="ArgumentException"/>.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record Condition
{
    // How many conditions stand in one another here, without the innermost.
    internal virtual int Nesting => 0;

    /// <summary>Makes the condition that holds when both hold.</summary>
    public static Condition operator &(Condition left, Condition right) => new AndCondition(left is AndCondition and
        ? [.. and.Conditions, right]
        : [left, right]);

    /// <summary>Makes the condition that holds when one of the two holds, or both.</summary>
    public static Condition operator |(Condition left, Condition right) => new OrCondition(left is OrCondition or
        ? [.. or.Conditions, right]
        : [left, right]);

    /// <summary>Makes the condition that holds when this one does not.</summary>
    public static Condition operator !(Condition condition) => new NotCondition(condition);

    /// <summary>Tells whether the condition holds.</summary>
    public abstract bool Holds(in EvaluationContext context);

    /// <summary>Gets the earliest instant after T at which the answer may differ if nothing more is written.</summary>
    /// <returns>Null where time alone never changes it. Never an instant at or before T.</returns>
    /// <remarks>It may name an instant at which nothing changes, but never passes over one at which it does.</remarks>
    public abstract Instant? NextBoundary(in EvaluationContext context);

    /// <summary>Gets the earliest instant after T at which the answer differs if nothing more is written.</summary>
    /// <returns>Null where time alone never changes it, or not at any of the boundaries that were looked at.</returns>
    /// <remarks>
    /// Evaluates the condition at one boundary after the other: at 16,384 of them, or fewer, down to 1,024, where it reads more than 4,096 events.
    /// </remarks>
    public Instant? NextFlip(in EvaluationContext context) =>
        FlipSearch.Next(this, context, Instant.MaxValue, FlipSearch.LooksFor(this, context.History), out _);

    /// <summary>Tells why the condition holds or not.</summary>
    public abstract Explanation Explain(in EvaluationContext context);

    /// <summary>Adds the metrics, properties and groups whose writes can change the answer.</summary>
    public abstract void AddDependencies(DependencySet dependencies);
}
