namespace Klaviyo;

/// <summary>A filter on one property of an event.</summary>
/// <param name="Property">The property; <c>$value</c> is the event's value.</param>
/// <param name="Filter">The test; null lets every event pass.</param>
public sealed record PropertyFilter(PropertyPath Property, ValueFilter? Filter)
{
    internal Unseen<string> Nothing { get; init; }

    /// <summary>Writes the filter in words.</summary>
    public override string ToString() => Filter is null ? $"{Property} is anything" : $"{Property} {Filter.Words}";

    // An event that is just being written.
    internal bool Passes(PropertyMap properties, double? value) =>
        Filter is null || Filter.Matches(Property.OfEvent(properties, value), default);

    internal bool Passes(EventRow row, in EvaluationContext context) =>
        Filter is null || Filter.Matches(Property.Of(context.History, row), context);
}
