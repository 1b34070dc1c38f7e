namespace Klaviyo;

// What and, or and groups have in common: their answer may change when that of any part may.
internal static class Parts
{
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
