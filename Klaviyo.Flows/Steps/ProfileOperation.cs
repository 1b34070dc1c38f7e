using System.Globalization;

namespace Klaviyo;

/// <summary>One change of one property of a profile.</summary>
/// <param name="Kind">The change.</param>
/// <param name="Property">The plain name of the property.</param>
/// <param name="Value">The value to set, add or remove; not looked at for the other changes.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ProfileOperation(ProfileOperationKind Kind, string Property, PropertyValue Value = default)
{
    /// <summary>Gets whether the text that is set is a date, as in Klaviyo's JSON: it is checked to be one, and stays a text.</summary>
    public bool IsDate { get; init; }

    /// <summary>Gets the value after the change.</summary>
    internal PropertyValue Apply(PropertyValue current, in StepContext context)
    {
        return Kind switch
        {
            ProfileOperationKind.Set => Value,
            ProfileOperationKind.SetToday => Today(context),
            ProfileOperationKind.AddToList => AsList(current).Contains(Value) ? current : AsList(current).Append(Value).ToArray(),
            ProfileOperationKind.RemoveFromList => AsList(current).Where(v => v != Value).ToArray(),
            ProfileOperationKind.Delete => PropertyValue.Null,
            _ => throw new InvalidOperationException($"Unknown operation {Kind}."),
        };
    }

    private static IReadOnlyList<PropertyValue> AsList(PropertyValue value)
    {
        return value.Kind switch
        {
            PropertyKind.List => value.AsList(),
            PropertyKind.Null => [],
            _ => [value],
        };
    }

    private static PropertyValue Today(in StepContext context) =>
        context.Facts.Zone.ToLocal(context.At).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>The changes that a flow can make to a property.</summary>
public enum ProfileOperationKind
{
    /// <summary>Gives it a value.</summary>
    Set,

    /// <summary>Gives it the local date of the account, as <c>yyyy-MM-dd</c>.</summary>
    SetToday,

    /// <summary>Adds an item to a list, once; a value that is no list becomes the first item.</summary>
    AddToList,

    /// <summary>Removes every such item from a list.</summary>
    RemoveFromList,

    /// <summary>Clears it.</summary>
    Delete,
}
