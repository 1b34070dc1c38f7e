using System.Text.Json;

namespace Klaviyo.Json;

internal static class GeoJson
{
    internal static GeoCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "circle", "box", "latitude_property", "longitude_property");
        var (circle, box) = (node.Optional("circle"), node.Optional("box"));
        if (circle.IsMissing == box.IsMissing)
        {
            throw node.Error("either a circle or a box is expected");
        }

        var condition = new GeoCondition(box.IsMissing ? ParseCircle(circle) : ParseBox(box));
        var (latitude, longitude) = (node.Optional("latitude_property"), node.Optional("longitude_property"));
        return condition with
        {
            Latitude = latitude.IsMissing ? condition.Latitude : new PropertyPath(latitude.Name()),
            Longitude = longitude.IsMissing ? condition.Longitude : new PropertyPath(longitude.Name()),
        };
    }

    internal static void Write(Utf8JsonWriter writer, GeoCondition condition)
    {
        writer.WriteString("type", "geo");
        switch (condition.Area)
        {
            case GeoCircle circle:
                writer.WriteStartObject("circle");
                writer.WriteNumber("latitude", circle.Center.Latitude);
                writer.WriteNumber("longitude", circle.Center.Longitude);
                writer.WriteNumber("radius", circle.Radius);
                writer.WriteString("unit", DistanceUnits.Names.NameOf(circle.Unit));
                break;
            case GeoBox box:
                writer.WriteStartObject("box");
                writer.WriteNumber("south", box.SouthWest.Latitude);
                writer.WriteNumber("west", box.SouthWest.Longitude);
                writer.WriteNumber("north", box.NorthEast.Latitude);
                writer.WriteNumber("east", box.NorthEast.Longitude);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(condition), condition.Area, "No JSON for this area.");
        }

        writer.WriteEndObject();
        WriteUnless(writer, "latitude_property", condition.Latitude, ProfilePlace.LatitudeText);
        WriteUnless(writer, "longitude_property", condition.Longitude, ProfilePlace.LongitudeText);
    }

    private static void WriteUnless(Utf8JsonWriter writer, string name, PropertyPath path, string usual)
    {
        if (path.Text != usual)
        {
            writer.WriteString(name, path.Text);
        }
    }

    private static GeoCircle ParseCircle(DefinitionNode node)
    {
        node.Allow("latitude", "longitude", "radius", "unit");
        var radius = node.Required("radius");
        return radius.Number() >= 0
            ? new GeoCircle(
                Point(node, "latitude", "longitude"),
                radius.Number(),
                node.Required("unit").Operator(DistanceUnits.Names, "a unit of distance"))
            : throw radius.Expected("a number that is not negative");
    }

    private static GeoBox ParseBox(DefinitionNode node)
    {
        node.Allow("south", "west", "north", "east");
        var (southWest, northEast) = (Point(node, "south", "west"), Point(node, "north", "east"));
        return southWest.Latitude <= northEast.Latitude
            ? new GeoBox(southWest, northEast)
            : throw node.Required("south").Error("the south lies north of the north");
    }

    private static GeoPoint Point(DefinitionNode node, string latitude, string longitude) =>
        new(Degrees(node.Required(latitude), 90), Degrees(node.Required(longitude), 180));

    private static double Degrees(DefinitionNode node, int max) =>
        Math.Abs(node.Number()) <= max ? node.Number() : throw node.Expected($"a number from -{max} to {max}");
}
