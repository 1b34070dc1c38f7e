using System.Text.Json;

namespace Klaviyo.Json;

internal static class StringFilterJson
{
    internal static ValueFilter Parse(DefinitionNode node)
    {
        node.Allow("type", "operator", "value");
        var name = node.Required("operator");
        if (name.Text() is "phone-country-code-in" or "phone-country-code-not-in")
        {
            throw name.Error($"'{name.Text()}' is not supported yet");
        }

        var op = name.Operator(StringFilter.Names, "an operator of string filters");
        var value = node.Optional("value");
        if (op is StringOperator.In or StringOperator.NotIn)
        {
            return new StringFilter(op, [.. value.Items().Select(v => v.Text())]);
        }

        // Klaviyo's schema lets the value be null: "equals nothing" is the value that is missing.
        if (node.Has("value") && value.IsMissing && op is StringOperator.EqualTo or StringOperator.NotEqualTo)
        {
            return new ExistenceFilter(op == StringOperator.NotEqualTo);
        }

        return Create(op, value);
    }

    internal static void Write(Utf8JsonWriter writer, StringFilter filter)
    {
        FilterJson.Head(writer, "string", StringFilter.Names.NameOf(filter.Operator));
        if (filter.Operator is not (StringOperator.In or StringOperator.NotIn))
        {
            writer.WriteString("value", filter.Values[0]);
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
