namespace Klaviyo;

/// <summary>Looks for the instants at which an answer changes by time alone: asks at one boundary after the other.</summary>
internal static class FlipSearch
{
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
    internal static Instant? Next(Condition rule, in EvaluationContext context, Instant until, int looksMax, out Instant? searched)
    {
        var walk = new FlipWalk(rule, context, until, looksMax);
        while (!walk.IsOver)
        {
            walk.Step(context);
        }

        searched = walk.Searched;
        return walk.Flip;
    }

    /// <summary>Gets how many boundaries are worth looking at for one answer.</summary>
    internal static int LooksFor(Condition rule, ProfileHistory history)
    {
        var reads = new DependencySet();
        rule.AddDependencies(reads);
        return FlipWalk.LooksFor(reads, history);
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
