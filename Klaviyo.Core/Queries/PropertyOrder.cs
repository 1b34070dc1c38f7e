namespace Klaviyo;

/// <summary>A total order of property values: null, booleans, numbers, strings, instants, lists, objects; then by content.</summary>
/// <remarks>Strings compare ordinally. Lists compare item by item. Objects compare by their text.</remarks>
/// <threadsafety>Stateless.</threadsafety>
public sealed class PropertyOrder : IComparer<PropertyValue>
{
    private PropertyOrder()
    {
    }

    /// <summary>Gets the order.</summary>
    public static PropertyOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(PropertyValue x, PropertyValue y)
    {
        if (x.Kind != y.Kind)
        {
            return x.Kind.CompareTo(y.Kind);
        }

        return x.Kind switch
        {
            PropertyKind.Null => 0,
            PropertyKind.Boolean => x.AsBoolean().CompareTo(y.AsBoolean()),
            PropertyKind.Number => x.AsNumber().CompareTo(y.AsNumber()),
            PropertyKind.Instant => x.AsInstant().CompareTo(y.AsInstant()),
            PropertyKind.List => CompareLists(x.AsList(), y.AsList()),
            _ => string.CompareOrdinal(x.ToString(), y.ToString()),
        };
    }

    private int CompareLists(IReadOnlyList<PropertyValue> x, IReadOnlyList<PropertyValue> y)
    {
        for (var i = 0; i < Math.Min(x.Count, y.Count); i++)
        {
            var order = Compare(x[i], y[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return x.Count.CompareTo(y.Count);
    }
}
