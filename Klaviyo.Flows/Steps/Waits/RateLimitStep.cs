using Klaviyo.Flows.State;

namespace Klaviyo;

/// <summary>Lets so many runs through in any window of a length; the others stand in line. Ours.</summary>
/// <remarks>
/// <para>Who came onto the step first goes first, whichever version of the flow; of one millisecond the profile that is older.</para>
/// <para>The limit is kept by the clock that shows when a run goes on, not by the instant for which it was due: after a time in
/// which the process was down, no more than the limit goes at once.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RateLimitStep : LinearStep
{
    /// <inheritdoc/>
    public override string Type => "rate-limit";

    /// <summary>Gets the limit.</summary>
    /// <value>Its window is whole seconds.</value>
    public required RateLimit Limit { get; init; }

    /// <inheritdoc/>
    /// <remarks>
    /// Only a limit of one holds up whoever comes round: between two passes lies the window. A limit of more lets a run that is alone go
    /// round so often in one instant.
    /// </remarks>
    internal override bool TakesTime => Limit.Count == 1;

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var line = LineNames.OfStep(context.Definition?.Name ?? "", Id);
        return context.Facts.TurnIn == line ? Decision.Branch(0).Through(line) : Decision.Queue(line);
    }
}
