using System.Text.Json;

namespace Klaviyo.Json;

// profile-region and profile-postal-code-distance.
internal static class PlaceJson
{
    internal static ProfileRegionCondition ParseRegion(DefinitionNode node)
    {
        node.Allow("type", "in_region", "region");
        return new ProfileRegionCondition(
            node.Required("in_region").Boolean(),
            node.Required("region").Operator(ProfileRegionCondition.Names, "a region"));
    }

    internal static PostalCodeDistanceCondition ParseDistance(DefinitionNode node)
    {
        node.Allow("type", "country_code", "postal_code", "unit", "filter");
        return new PostalCodeDistanceCondition
        {
            CountryCode = node.Required("country_code").Name(),
            PostalCode = node.Required("postal_code").Name(),
            Unit = node.Required("unit").Operator(DistanceUnits.Names, "a unit of distance"),
            Distance = FilterJson.ParseNumber(node.Required("filter")),
            PostalCodes = node.Environment.PostalCodes,
        };
    }

    internal static void Write(Utf8JsonWriter writer, ProfileRegionCondition condition)
    {
        writer.WriteString("type", "profile-region");
        writer.WriteBoolean("in_region", condition.InRegion);
        writer.WriteString("region", ProfileRegionCondition.Names.NameOf(condition.Region));
    }

    internal static void Write(Utf8JsonWriter writer, PostalCodeDistanceCondition condition)
    {
        writer.WriteString("type", "profile-postal-code-distance");
        writer.WriteString("country_code", condition.CountryCode);
        writer.WriteString("postal_code", condition.PostalCode);
        writer.WriteString("unit", DistanceUnits.Names.NameOf(condition.Unit));
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, condition.Distance);
    }
}
