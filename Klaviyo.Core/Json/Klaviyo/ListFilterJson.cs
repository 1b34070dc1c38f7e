using System.Text.Json;

namespace Klaviyo.Json;

internal static class ListFilterJson
{
    internal static ListFilter Parse(DefinitionNode node)
    {
        node.Allow("type", "operator", "value");
        var op = node.Required("operator").Operator(ListFilter.Names, "an operator of list filters");
        var value = node.Optional("value");
        return op switch
        {
            _ when ListFilter.TakesAnyNumber(op) => new ListFilter(op, [.. value.Items().Select(Item)]),
            ListOperator.Contains or ListOperator.NotContains when node.Has("value") => new ListFilter(op, Item(value)),
            ListOperator.ContainsSubstring or ListOperator.NotContainsSubstring =>
                new ListFilter(op, node.Has("value") && value.IsMissing ? PropertyValue.Null : value.Text()),
            >= ListOperator.LengthEqualTo => new ListFilter(op, value.Integer(0, int.MaxValue)),
            _ => throw value.Expected("a string, number, true, false or null"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, ListFilter filter)
    {
        FilterJson.Head(writer, "list", ListFilter.Names.NameOf(filter.Operator));
        writer.WritePropertyName("value");
        PropertyJson.Write(writer, ListFilter.TakesAnyNumber(filter.Operator)
            ? PropertyValue.FromList(filter.Values)
            : filter.Values[0]);
    }

    private static PropertyValue Item(DefinitionNode node)
    {
        return node.Element.ValueKind is JsonValueKind.Array or JsonValueKind.Object
            ? throw node.Expected("a string, number, true, false or null")
            : node.Value();
    }
}
