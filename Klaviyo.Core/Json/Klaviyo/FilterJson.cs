using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>Filters from and to JSON.</summary>
/// <threadsafety>Stateless.</threadsafety>
public static class FilterJson
{
    private const string Types = "string, numeric, boolean, date, list, existence";

    /// <summary>Reads a filter.</summary>
    /// <exception cref="DefinitionException">Not a filter; path and message say where and why.</exception>
    public static ValueFilter Parse(DefinitionNode node)
    {
        var type = node.Required("type");
        return type.Text() switch
        {
            "string" => StringFilterJson.Parse(node),
            "numeric" => ParseNumber(node),
            "boolean" => ParseBoolean(node),
            "date" => DateFilterJson.Parse(node),
            "list" => ListFilterJson.Parse(node),
            "existence" => ParseExistence(node),
            var other => throw type.Error($"'{other}' is not a type of filter: {Types}"),
        };
    }

    /// <summary>Writes a filter.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void Write(Utf8JsonWriter writer, ValueFilter filter)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(filter);
        writer.WriteStartObject();
        switch (filter)
        {
            case StringFilter text:
                StringFilterJson.Write(writer, text);
                break;
            case NumberFilter number:
                Write(writer, number);
                break;
            case BooleanFilter boolean:
                Head(writer, "boolean", boolean.Negated ? "not-equals" : "equals");
                writer.WriteBoolean("value", boolean.Value);
                break;
            case DateFilter date:
                DateFilterJson.Write(writer, date);
                break;
            case ListFilter list:
                ListFilterJson.Write(writer, list);
                break;
            case ExistenceFilter existence:
                Head(writer, "existence", existence.IsSet ? "is-set" : "not-set");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(filter), filter, "No JSON for this filter.");
        }

        writer.WriteEndObject();
    }

    internal static NumberFilter ParseNumber(DefinitionNode node)
    {
        RequireType(node, "numeric");
        var op = node.Required("operator").Operator(NumberFilter.Names, "an operator of numeric filters");
        if (op == NumberOperator.Between)
        {
            node.Allow("type", "operator", "start", "end");
            return NumberFilter.Between(node.Required("start").Number(), node.Required("end").Number());
        }

        node.Allow("type", "operator", "value");
        return new NumberFilter(op, node.Required("value").Number());
    }

    internal static void RequireType(DefinitionNode node, string expected)
    {
        var type = node.Required("type");
        if (type.Text() != expected)
        {
            throw type.Expected($"'{expected}'");
        }
    }

    internal static void Head(Utf8JsonWriter writer, string type, string op)
    {
        writer.WriteString("type", type);
        writer.WriteString("operator", op);
    }

    private static void Write(Utf8JsonWriter writer, NumberFilter filter)
    {
        Head(writer, "numeric", NumberFilter.Names.NameOf(filter.Operator));
        if (filter.Operator == NumberOperator.Between)
        {
            writer.WriteNumber("start", filter.Value);
            writer.WriteNumber("end", filter.End);
        }
        else
        {
            writer.WriteNumber("value", filter.Value);
        }
    }

    private static BooleanFilter ParseBoolean(DefinitionNode node)
    {
        node.Allow("type", "operator", "value");
        var op = node.Required("operator");
        var negated = op.Text() switch
        {
            "equals" => false,
            "not-equals" => true,
            var other => throw op.Error($"'{other}' is not an operator of boolean filters: equals, not-equals"),
        };
        return new BooleanFilter(node.Required("value").Boolean(), negated);
    }

    private static ExistenceFilter ParseExistence(DefinitionNode node)
    {
        node.Allow("type", "operator");
        var op = node.Required("operator");
        return op.Text() switch
        {
            "is-set" => new ExistenceFilter(true),
            "not-set" => new ExistenceFilter(false),
            var other => throw op.Error($"'{other}' is not an operator of existence filters: is-set, not-set"),
        };
    }
}
