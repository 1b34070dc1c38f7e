namespace Klaviyo.Storage.Import;

/// <summary>Adds to Segment's traits the names under which a profile is known here, where they are not there
/// yet.</summary>
internal static class SegmentTraits
{
    /// <summary>Adds <c>first_name</c>, <c>last_name</c> and <c>location</c>; the traits stay as they were
    /// sent.</summary>
    internal static void AddProfileNames(PropertyMap traits)
    {
        AddMissing(traits, "first_name", traits["firstName"]);
        AddMissing(traits, "last_name", traits["lastName"]);
        if (traits["address"] is { Kind: PropertyKind.Object } address)
        {
            AddMissing(traits, "location", Location(address.AsObject()));
        }
    }

    internal static void AddMissing(PropertyMap map, string name, PropertyValue value)
    {
        if (!value.IsNull && !map.ContainsKey(name))
        {
            map[name] = value;
        }
    }

    private static PropertyValue Location(PropertyMap address)
    {
        var location = new PropertyMap(5);
        AddMissing(location, "address1", address["street"]);
        AddMissing(location, "city", address["city"]);
        AddMissing(location, "region", address["state"]);
        AddMissing(location, "zip", address["postalCode"]);
        AddMissing(location, "country", address["country"]);
        return location.Count == 0 ? PropertyValue.Null : location;
    }
}
