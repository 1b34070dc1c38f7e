namespace Klaviyo;

/// <summary>Starts a run when a property of a profile gets another value. Ours.</summary>
/// <remarks>
/// The value that holds at the instant of the write must differ from the one before: writing the same again, or something
/// that a newer value overrides, starts nothing. A profile that is new had no value before.
/// </remarks>
/// <param name="Property">The plain name of the property.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record PropertyChangedTrigger(string Property) : FlowTrigger
{
    /// <inheritdoc/>
    public override string Type => "property-changed";

    /// <summary>Gets a test of the value before; null for any, also none.</summary>
    public ValueFilter? From { get; init; }

    /// <summary>Gets a test of the value after; null for any, also none.</summary>
    public ValueFilter? To { get; init; }

    /// <summary>Tells whether what was written of the property with one time is a change that starts a run.</summary>
    /// <param name="context">The profile; T is the time of the write.</param>
    /// <param name="until">When that is looked at: what is newer, up to then, overrides it.</param>
    internal bool Passes(in EvaluationContext context, Instant until)
    {
        var (before, after) = (PropertyValue.Null, PropertyValue.Null);
        foreach (var write in context.History.PropertyWrites(Property))
        {
            if (write.Time > until)
            {
                break;
            }

            if (write.Time > context.At)
            {
                return false;
            }

            before = write.Time < context.At ? write.Value : before;
            after = write.Value;
        }

        return before != after && From?.Matches(before, context) != false && To?.Matches(after, context) != false;
    }
}
