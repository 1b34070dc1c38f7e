using System.Text.Json;

namespace Klaviyo.Json;

internal static class StringFilterJson
{
    internal static StringFilter Parse(DefinitionNode node)
    {
        node.Allow("type", "operator", "value");
        var op = node.Required("operator").Operator(StringFilter.Names, "an operator of string filters");
        var value = node.Optional("value");
        if (StringFilter.TakesAnyNumber(op))
        {
            return new StringFilter(op, [.. value.Items().Select(v => v.Text())]);
        }

        if (node.Has("value") && value.IsMissing)
        {
            return StringFilter.OfNull(op);
        }

        return Create(op, value);
    }

    internal static void Write(Utf8JsonWriter writer, StringFilter filter)
    {
        FilterJson.Head(writer, "string", StringFilter.Names.NameOf(filter.Operator));
        if (!StringFilter.TakesAnyNumber(filter.Operator))
        {
            writer.WriteString("value", filter.IsOfNull ? null : filter.Values[0]);
            return;
        }

        writer.WriteStartArray("value");
        foreach (var value in filter.Values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static StringFilter Create(StringOperator op, DefinitionNode value)
    {
        try
        {
            return new StringFilter(op, value.Text());
        }
        catch (DefinitionException refused) when (refused.Path == StringFilter.ValuePath)
        {
            throw value.Error(refused.Reason);
        }
    }
}
