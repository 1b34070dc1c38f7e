namespace Klaviyo;

/// <summary>Waits for a time between two, drawn for profile and arrival. Ours.</summary>
/// <remarks>The draw is a hash, so a simulation and a restart draw the same; whole seconds, both ends included.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RandomDelayStep : LinearStep
{
    /// <inheritdoc/>
    public override string Type => "random-delay";

    /// <summary>Gets the least wait, in milliseconds.</summary>
    public required long AtLeastMs { get; init; }

    /// <summary>Gets the longest wait, in milliseconds.</summary>
    public required long AtMostMs { get; init; }

    /// <inheritdoc/>
    internal override bool TakesTime => AtLeastMs > 0;

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        const int SecondMs = 1000;
        var salt = $"{context.SaltOf(Id)}/{context.Arrived.UnixMs}";
        var share = RandomSampleCondition.PositionOf(context.Facts.History.Id, salt) / 100;
        var seconds = ((AtMostMs - AtLeastMs) / SecondMs) + 1;
        return Decision.Wait(context.Arrived.PlusMs(AtLeastMs + ((long)(share * seconds) * SecondMs)));
    }
}
