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
}
