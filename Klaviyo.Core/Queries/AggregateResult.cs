namespace Klaviyo;

/// <summary>The answer to an <see cref="AggregateQuery"/>.</summary>
/// <param name="Values">One value per measure over all events, in the order of the measures.</param>
/// <param name="Groups">The same for each value of the property to group by, smallest value first; otherwise empty.</param>
public sealed record AggregateResult(ValueList<PropertyValue> Values, ValueList<AggregateGroup> Groups)
{
    /// <summary>Gets the number of the first measure.</summary>
    /// <value>Null where it has none, e.g. the mean of nothing, or where it is no number.</value>
    public double? Number => Values.Count > 0 && Values[0].Kind == PropertyKind.Number ? Values[0].AsNumber() : null;
}

/// <summary>The measures over the events that share one value of a property.</summary>
/// <param name="Key">The value; <see cref="PropertyValue.Null"/> for events without the property.</param>
/// <param name="Values">One value per measure, in the order of the measures.</param>
public sealed record AggregateGroup(PropertyValue Key, ValueList<PropertyValue> Values);
