using System.Globalization;

namespace Klaviyo;

// What conditions of conditions have in common: their answer may change when that of any part may.
//
// All that is asked of a condition, and of all that is made of it, goes down into its parts: by the stack, of which a thread has a
// megabyte and a half or what its host gives it. So none is made that is deeper than half a megabyte carries: the most is asked by
// the reading of groups in groups, a kilobyte a level before the code is optimized, and by explanations, 700 bytes.
internal static class Parts
{
    internal const int NestingMax = 256;

    internal static string TooDeep => string.Create(CultureInfo.InvariantCulture, $"conditions are nested deeper than {NestingMax}");

    /// <summary>Gets how many conditions stand in one another, this one included; none where it has no parts.</summary>
    internal static int Nesting<T>(ValueList<T> conditions)
        where T : Condition
    {
        var deepest = 0;
        foreach (var condition in conditions.AsSpan())
        {
            deepest = Math.Max(deepest, condition.Nesting + 1);
        }

        return deepest;
    }

    /// <summary>Gets the parts of a condition, if it is not too deep with them.</summary>
    /// <exception cref="ArgumentException">It is nested too deeply.</exception>
    internal static ValueList<T> Bounded<T>(ValueList<T> conditions)
        where T : Condition
    {
        ArgumentNullException.ThrowIfNull(conditions);
        ThrowIfTooDeep(Nesting(conditions));
        return conditions;
    }

    /// <summary>Gets the part of a condition, if it is not too deep with it.</summary>
    /// <exception cref="ArgumentException">It is nested too deeply.</exception>
    internal static Condition Bounded(Condition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ThrowIfTooDeep(condition.Nesting + 1);
        return condition;
    }

    private static void ThrowIfTooDeep(int nesting)
    {
        if (nesting > NestingMax)
        {
            throw new ArgumentException($"{char.ToUpperInvariant(TooDeep[0])}{TooDeep.AsSpan(1)}.");
        }
    }

    internal static Instant? NextBoundary<T>(ValueList<T> conditions, in EvaluationContext context)
        where T : Condition
    {
        Instant? next = null;
        foreach (var condition in conditions.AsSpan())
        {
            next = Boundary.Earlier(next, condition.NextBoundary(context));
        }

        return next;
    }

    internal static Explanation[] Explain<T>(ValueList<T> conditions, in EvaluationContext context)
        where T : Condition
    {
        var parts = new Explanation[conditions.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = conditions[i].Explain(context);
        }

        return parts;
    }

    internal static void AddDependencies<T>(ValueList<T> conditions, DependencySet dependencies)
        where T : Condition
    {
        foreach (var condition in conditions.AsSpan())
        {
            condition.AddDependencies(dependencies);
        }
    }
}
