using System.Text.Json;

namespace Klaviyo.Json;

internal static class ProfilePermissionsJson
{
    internal static ProfilePermissionsCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "permission", "channel");
        var permission = node.Required("permission");
        permission.Allow("reachable_status", "filters");
        var reach = permission.Required("reachable_status").Operator(ProfilePermissionsCondition.Names, "a reachable status");
        var filters = permission.Optional("filters");
        return new ProfilePermissionsCondition
        {
            Channel = node.Required("channel").Name(),
            Reach = reach,
            Filters = ConsentFilterJson.ParseAll(filters, ConsentFilterJson.SubscribeMethod),
            Nothing = Spelling.OfNothing(filters),
        };
    }

    internal static void Write(Utf8JsonWriter writer, ProfilePermissionsCondition condition)
    {
        writer.WriteString("type", "profile-permissions");
        writer.WriteStartObject("permission");
        writer.WriteString("reachable_status", ProfilePermissionsCondition.Names.NameOf(condition.Reach));

        // Klaviyo requires the filters of what was said, also where there are none.
        var isExplicit = condition.Reach is Reach.ExplicitlyReachable or Reach.ExplicitlyUnreachable;
        if (condition.Filters.Count > 0 || (isExplicit && condition.Nothing.Value is null))
        {
            ConsentFilterJson.WriteAll(writer, condition.Filters, ConsentFilterJson.SubscribeMethod);
        }
        else
        {
            Spelling.WriteNothing(writer, "filters", condition.Nothing);
        }

        writer.WriteEndObject();
        writer.WriteString("channel", condition.Channel);
    }
}
