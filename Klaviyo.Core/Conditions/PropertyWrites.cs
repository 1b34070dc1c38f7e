namespace Klaviyo;

internal static class PropertyWrites
{
    // A write whose time is still to come changes the value at that time, without anything more being written.
    internal static Instant? NextAfter(PropertyPath property, in EvaluationContext context)
    {
        Instant? next = null;
        foreach (var name in property.Names.AsSpan())
        {
            var writes = context.History.PropertyWrites(name);
            for (var i = writes.Length - 1; i >= 0 && writes[i].Time > context.At; i--)
            {
                next = Boundary.Earlier(next, writes[i].Time);
            }
        }

        return next;
    }

    internal static Instant? NextAfter(ReadOnlySpan<PropertyPath> properties, in EvaluationContext context)
    {
        Instant? next = null;
        foreach (var property in properties)
        {
            next = Boundary.Earlier(next, NextAfter(property, context));
        }

        return next;
    }

    internal static void AddTo(DependencySet dependencies, ReadOnlySpan<PropertyPath> properties)
    {
        foreach (var property in properties)
        {
            dependencies.Properties.UnionWith(property.Names);
        }
    }

    // The instants up to T at which the value may have changed, latest first.
    internal static List<Instant> TimesUntil(PropertyPath property, in EvaluationContext context)
    {
        var times = new SortedSet<Instant>();
        foreach (var name in property.Names.AsSpan())
        {
            foreach (ref readonly var write in context.History.PropertyWrites(name))
            {
                if (write.Time <= context.At)
                {
                    times.Add(write.Time);
                }
            }
        }

        return [.. times.Reverse()];
    }
}
