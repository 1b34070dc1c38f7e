namespace Klaviyo;

/// <summary>Looks for the instants at which an answer changes by time alone: asks at one boundary after the other.</summary>
internal static class FlipSearch
{
    /// <summary>How many boundaries are looked at: those of ten dates that come again every year, over 400 years.</summary>
    internal const int LooksMax = 16_384;

    // The calendar repeats itself after 400 years, to the weekday, and so do the rules for summer time.
    private const long CalendarMs = 146_097 * DayMs;
    private const long DayMs = 24L * 3_600_000;

    // So much farther back is looked at a time: what began lately is found at once, what began long ago in few steps.
    private const int Growth = 4;

    /// <summary>Finds the next change.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="context">Where to begin.</param>
    /// <param name="until">The last instant that matters.</param>
    /// <param name="looksMax">How many boundaries to look at.</param>
    /// <param name="searched">Until when there is no change, where there were more boundaries than that; else null.</param>
    /// <returns>Null where there is none, or none was found.</returns>
    /// <remarks>
    /// When the calendar has repeated itself and nothing but anniversaries came by, they alone change nothing: what is left are the
    /// boundaries that do not come again.
    /// </remarks>
    internal static Instant? Next(Condition rule, in EvaluationContext context, Instant until, int looksMax, out Instant? searched)
    {
        searched = null;
        var holds = rule.Holds(context);
        var (at, settled) = (context.At, context.At);
        var once = rule.NextBoundary(context with { WithoutAnniversaries = true });
        for (var looks = 0; ; looks++)
        {
            var next = at.UnixMs - settled.UnixMs > CalendarMs ? once : rule.NextBoundary(context with { At = at });
            if (next is not { } then || then > until)
            {
                return null;
            }

            if (looks == looksMax)
            {
                searched = then;
                return null;
            }

            at = then;
            if (rule.Holds(context with { At = at }) != holds)
            {
                return at;
            }

            if (once <= at)
            {
                (settled, once) = (at, rule.NextBoundary(context with { At = at, WithoutAnniversaries = true }));
            }
        }
    }

    /// <summary>Finds since when a rule holds without a break.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="context">At which instant it holds.</param>
    /// <param name="first">The first instant that counts.</param>
    /// <returns>Null where it does not hold.</returns>
    internal static Instant? Since(Condition rule, in EvaluationContext context, Instant first)
    {
        if (context.At < first || !rule.Holds(context))
        {
            return null;
        }

        var until = context.At;
        for (var span = DayMs; until > first; span *= Growth)
        {
            var from = until.UnixMs - first.UnixMs > span ? until.PlusMs(-span) : first;
            if (LastBegin(rule, context with { At = from }, until) is { } begin)
            {
                return begin;
            }

            until = from;
        }

        return first;
    }

    // The last instant at which it begins to hold, on the way to one at which it does; null where it holds all the way.
    private static Instant? LastBegin(Condition rule, EvaluationContext context, Instant until)
    {
        var (holds, begin) = (rule.Holds(context), default(Instant?));
        while (rule.NextBoundary(context) is { } next && next <= until)
        {
            context = context with { At = next };
            var (before, now) = (holds, rule.Holds(context));
            begin = now && !before ? next : begin;
            holds = now;
        }

        return begin;
    }
}
