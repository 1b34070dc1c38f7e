namespace Klaviyo.Flows.Interpreter;

/// <summary>A short time under the gate: runs take their steps in slices, and between them writers get their turn.</summary>
/// <remarks>It is over as soon as anyone waits at the gate, but not before some runs had theirs.</remarks>
/// <param name="clock">The clock; one that stands leaves the number of transitions as the only limit.</param>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class FlowSlice(TimeProvider clock)
{
    /// <summary>How many timers a slice looks at at most.</summary>
    internal const int LooksMax = 8192;

    private const int TransitionsMax = 4096;
    private const int WalksBetweenLooks = 8;
    private const int WalksMin = 8;
    private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(2);
    private long _began;
    private int _made;
    private int _walks;

    /// <summary>Gets how many transitions were made in all slices.</summary>
    internal long Transitions { get; private set; }

    /// <summary>Gets whether the slice is over.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>Gets whether more may be due behind the slice.</summary>
    internal bool MayBeMore { get; private set; }

    /// <summary>Begins a slice.</summary>
    internal void Begin() => (_began, _made, _walks, IsOver) = (clock.GetTimestamp(), 0, 0, false);

    /// <summary>Counts the transitions of a walk.</summary>
    /// <param name="transitions">How many transitions.</param>
    /// <param name="isWaitedFor">Whether anyone waits at the gate.</param>
    internal void Count(int transitions, bool isWaitedFor)
    {
        Transitions += transitions;
        _made += transitions;
        _walks++;
        IsOver = _made >= TransitionsMax
            || (isWaitedFor && _walks >= WalksMin)
            || (_walks % WalksBetweenLooks == 0 && clock.GetElapsedTime(_began) >= Length);
    }

    /// <summary>Ends a slice.</summary>
    internal void End(bool mayBeMore) => MayBeMore = mayBeMore;
}
