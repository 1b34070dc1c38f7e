using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Calls of host functions from and to JSON. Klaviyo's action has no data: its code is not in the definition.</summary>
internal static class CodeJson
{
    internal static Step Read(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Optional("data");
        if (data.IsMissing)
        {
            data.Refuse("Klaviyo's own code is not in its JSON: name a function of the host, e.g. {\"function\": \"score\"}");
            return new ForeignStep("code", "null") { Id = StepNames.IdOf(node), Next = names.Link(node, "next") };
        }

        data.Allow("function", "body", "additional_filters", "status", "delivery");
        var code = new CodeStep
        {
            Id = StepNames.IdOf(node),
            Function = data.Required("function").Name(),
            Body = ActionField.Text(data, "body"),
            AdditionalFilter = ConditionField.Read(data, "additional_filters"),
            Next = names.Link(node, "next"),
        };
        return MessageField.With(code, data);
    }

    internal static void Write(Utf8JsonWriter writer, CodeStep code)
    {
        writer.WriteString("function", code.Function);
        ActionField.WriteText(writer, "body", code.Body);
        ConditionField.Write(writer, "additional_filters", code.AdditionalFilter);
        MessageField.Write(writer, code);
    }
}
