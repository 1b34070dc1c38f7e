namespace Klaviyo;

// One step of a path: a name in an object, or a place in a list.
internal readonly record struct PathStep(string? Name, int Index)
{
    internal PropertyValue From(PropertyValue value)
    {
        return (Name, value.Kind) switch
        {
            (not null, PropertyKind.Object) => value.AsObject()[Name],
            (null, PropertyKind.List) when Index < value.AsList().Count => value.AsList()[Index],
            _ => default,
        };
    }
}
