using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>List updates from and to JSON.</summary>
internal static class ListUpdateJson
{
    internal static Step Read(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Optional("data").OrEmpty("the list");
        data.Allow("name", "on_execution", "list_id", "status");
        return new ListUpdateStep
        {
            Id = StepNames.IdOf(node),
            Status = ActionField.Status(data),
            Name = ActionField.Text(data, "name") ?? "",
            List = MessageField.Text(data, "list_id"),
            Member = IsMember(data.Optional("on_execution")),
            Next = names.Link(node, "next"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, ListUpdateStep update)
    {
        writer.WriteString("name", update.Name);
        writer.WriteBoolean("on_execution", update.Member);
        writer.WriteString("list_id", update.List);
        ActionField.WriteStatus(writer, update.Status);
    }

    private static bool IsMember(DefinitionNode node)
    {
        if (node.IsMissing)
        {
            node.Refuse("is missing: true puts on the list, false takes off");
            return true;
        }

        return node.Boolean();
    }
}
