namespace Klaviyo;

/// <summary>Which of two flows makes a decision.</summary>
public enum BacktestSide
{
    /// <summary>Both, at the same instant.</summary>
    Same,

    /// <summary>The draft alone.</summary>
    OnlyDraft,

    /// <summary>The live flow alone.</summary>
    OnlyLive,
}

/// <summary>Something that one of two flows would have done, or both.</summary>
/// <param name="Side">Which.</param>
/// <param name="Decision">What: to whom, at which step, when, and why not. Of one that is the same, the draft's.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record BacktestRow(BacktestSide Side, FlowDecision Decision);
