namespace Klaviyo;

/// <summary>A test of one value: of a profile property, an event property, or a measurement.</summary>
/// <remarks>
/// <para>Nothing is coerced: a filter for another kind of value does not match, and its negative twin does. Every negative
/// operator is exactly the complement of its positive twin, so it matches where the value is missing.</para>
/// <para>Filters are equal when their content is.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record ValueFilter
{
    private protected ValueFilter()
    {
    }

    /// <summary>Gets the filter in words that follow the name of a value, e.g. <c>is greater than 100</c>.</summary>
    public abstract string Words { get; }

    /// <summary>Gets whether time alone can change what matches.</summary>
    public virtual bool DependsOnTime => false;

    /// <summary>Tells whether a value matches at T.</summary>
    /// <param name="value">The value; <see cref="PropertyValue.Null"/> where it is missing.</param>
    /// <param name="context">T, the zone, the start of the flow.</param>
    public abstract bool Matches(PropertyValue value, in EvaluationContext context);

    /// <summary>Gets the earliest instant after T at which the same value may match or no longer match.</summary>
    /// <returns>Null where time alone changes nothing. Never passes over an instant at which the answer changes.</returns>
    public virtual Instant? NextBoundary(PropertyValue value, in EvaluationContext context) => null;

    /// <summary>Writes the words.</summary>
    public sealed override string ToString() => Words;
}
