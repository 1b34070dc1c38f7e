namespace Klaviyo;

/// <summary>Why a condition holds or not, for one profile at one instant.</summary>
/// <param name="Condition">The condition in words.</param>
/// <param name="Holds">Whether it holds.</param>
/// <param name="Value">The value that was seen: a property, a count, a sum; null for and, or, not.</param>
/// <param name="Evidence">The events that decided, by time.</param>
/// <param name="Parts">The explanations of the conditions inside and, or, not; of who is asked for segments, those of their rules, three segments deep.</param>
public sealed record Explanation(
    string Condition,
    bool Holds,
    PropertyValue Value,
    IReadOnlyList<EventRow> Evidence,
    IReadOnlyList<Explanation> Parts)
{
    /// <summary>Gets the next instant at which the answer differs if nothing more is written.</summary>
    /// <value>
    /// Null where time alone never changes it, where it was looked for in vain until <see cref="NoFlipBefore"/>, and for the parts of an
    /// explanation.
    /// </value>
    public Instant? NextFlip { get; init; }

    /// <summary>Gets until when the answer certainly stays, where there are more instants to look at than is worth it.</summary>
    /// <value>Null where <see cref="NextFlip"/> tells all.</value>
    public Instant? NoFlipBefore { get; init; }

    /// <summary>Adds when the answer of what was explained differs.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="context">Where it was explained.</param>
    public Explanation WithFlip(Condition condition, in EvaluationContext context)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var flip = FlipSearch.Next(condition, context, Instant.MaxValue, FlipSearch.LooksFor(condition, context.History), out var searched);
        return this with { NextFlip = flip, NoFlipBefore = searched };
    }
}
