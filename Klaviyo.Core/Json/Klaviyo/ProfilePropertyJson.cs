using System.Text.Json;

namespace Klaviyo.Json;

internal static class ProfilePropertyJson
{
    internal static ProfilePropertyCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "property", "filter");
        return new ProfilePropertyCondition(node.Required("property").Name(), FilterJson.Parse(node.Required("filter")));
    }

    internal static void Write(Utf8JsonWriter writer, ProfilePropertyCondition condition)
    {
        writer.WriteString("type", "profile-property");
        writer.WriteString("property", condition.Property.Text);
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, condition.Filter);
    }
}
