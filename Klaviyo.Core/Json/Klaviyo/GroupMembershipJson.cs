using System.Text.Json;

namespace Klaviyo.Json;

internal static class GroupMembershipJson
{
    internal static GroupMembershipCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "is_member", "group_ids", "timeframe_filter");
        var groups = node.Required("group_ids").Items().Select(id => id.Name());
        var joined = node.Optional("timeframe_filter");
        return new GroupMembershipCondition(
            node.Required("is_member").Boolean(),
            ValueList.Of(groups),
            joined.IsMissing ? null : DateFilterJson.Parse(joined))
        {
            AnyTime = Spelling.OfNothing(joined),
        };
    }

    internal static void Write(Utf8JsonWriter writer, GroupMembershipCondition condition)
    {
        writer.WriteString("type", "profile-group-membership");
        writer.WriteBoolean("is_member", condition.IsMember);
        writer.WriteStartArray("group_ids");
        foreach (var group in condition.Groups)
        {
            writer.WriteStringValue(group);
        }

        writer.WriteEndArray();
        if (condition.Joined is not null)
        {
            writer.WritePropertyName("timeframe_filter");
            FilterJson.Write(writer, condition.Joined);
        }
        else
        {
            Spelling.WriteNothing(writer, "timeframe_filter", condition.AnyTime);
        }
    }
}
