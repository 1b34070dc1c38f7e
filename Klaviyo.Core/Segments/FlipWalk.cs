namespace Klaviyo;

/// <summary>A search for the next change of an answer by time alone, which can be interrupted between two boundaries.</summary>
/// <remarks>
/// When the calendar has repeated itself and nothing but anniversaries came by, they alone change nothing: what is left are the
/// boundaries that do not come again.
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class FlipWalk
{
    // Those of ten dates that come again every year, over 400 years.
    private const int LooksMost = 16_384;
    private const int LooksLeast = 1024;

    // A look may go over all events that the rule reads.
    private const int EventsOfMostLooks = 4096;

    // The calendar repeats itself after 400 years, to the weekday, and so do the rules for summer time.
    private const long CalendarMs = 146_097L * 24 * 3_600_000;

    private readonly Condition _rule;
    private readonly Instant _until;
    private readonly int _looksMax;
    private Instant _at;
    private Instant _settled;
    private Instant? _once;
    private int _looks;

    /// <summary>Begins at T of a context.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="context">Where to begin.</param>
    /// <param name="until">The last instant that matters.</param>
    /// <param name="looksMax">How many boundaries to look at.</param>
    internal FlipWalk(Condition rule, in EvaluationContext context, Instant until, int looksMax)
    {
        (_rule, _until, _looksMax) = (rule, until, looksMax);
        (Holds, _at, _settled) = (rule.Holds(context), context.At, context.At);
        _once = rule.NextBoundary(context with { WithoutAnniversaries = true });
    }

    /// <summary>Gets the answer at T.</summary>
    internal bool Holds { get; }

    /// <summary>Gets whether there is nothing more to look at.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>Gets when the answer changes; null where it does not, or that was not found.</summary>
    internal Instant? Flip { get; private set; }

    /// <summary>Gets until when there is no change, where there were more boundaries than were looked at; else null.</summary>
    internal Instant? Searched { get; private set; }

    /// <summary>Gets how many boundaries are worth looking at for one answer.</summary>
    /// <param name="reads">What the rule reads.</param>
    /// <param name="history">The profile.</param>
    internal static int LooksFor(DependencySet reads, ProfileHistory history)
    {
        var events = 1L;
        foreach (var metric in reads.Metrics)
        {
            events += history.Events(metric, TimeRange.All).Length;
        }

        return (int)Math.Clamp((long)LooksMost * EventsOfMostLooks / events, LooksLeast, LooksMost);
    }

    /// <summary>Looks at the next boundary.</summary>
    /// <param name="context">The context in which it was begun; its history may have been turned to the profile anew.</param>
    internal void Step(in EvaluationContext context)
    {
        var next = _at.UnixMs - _settled.UnixMs > CalendarMs ? _once : _rule.NextBoundary(context with { At = _at });
        if (next is not { } then || then > _until)
        {
            IsOver = true;
            return;
        }

        if (_looks == _looksMax)
        {
            (Searched, IsOver) = (then, true);
            return;
        }

        (_at, _looks) = (then, _looks + 1);
        if (_rule.Holds(context with { At = then }) != Holds)
        {
            (Flip, IsOver) = (then, true);
            return;
        }

        if (_once <= then)
        {
            (_settled, _once) = (then, _rule.NextBoundary(context with { At = then, WithoutAnniversaries = true }));
        }
    }

    /// <summary>Ends here: it is known that nothing changes until the last boundary that was looked at.</summary>
    internal void GiveUp() => (Searched, IsOver) = (_at, true);
}
