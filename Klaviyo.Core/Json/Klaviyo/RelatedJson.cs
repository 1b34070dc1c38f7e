using System.Globalization;
using System.Text.Json;

namespace Klaviyo.Json;

// Our related-objects, and Klaviyo's profile-has-custom-object.
internal static class RelatedJson
{
    internal static RelatedObjectsCondition ParseRelated(DefinitionNode node, Func<DefinitionNode, Condition> parse)
    {
        node.Allow("type", "object_type", "relation", "quantifier", "filter", "where");
        var relation = node.Optional("relation");
        var where = node.Optional("where");
        var quantifier = node.Required("quantifier").Operator(RelatedObjectsCondition.Names, "a quantifier");
        var condition = new RelatedObjectsCondition
        {
            ObjectType = node.Required("object_type").Name(),
            Relation = relation.IsMissing ? null : relation.Name(),
            Quantifier = quantifier,
            Where = where.IsMissing ? new AndCondition([]) : parse(where.AsOfObject()),
        };
        var filter = node.Optional("filter");
        if (quantifier == Quantifier.Count)
        {
            return condition with { Amount = FilterJson.ParseNumber(node.Required("filter")) };
        }

        return filter.IsMissing ? condition : throw filter.Error("a filter of the number stands with the quantifier count only");
    }

    internal static CustomObjectCondition ParseCustomObject(DefinitionNode node)
    {
        node.Allow("type", "object_type_id", "object_type_relationship_id", "filter", "filters");
        return new CustomObjectCondition
        {
            ObjectType = node.Required("object_type_id").Name(),
            Relation = node.Required("object_type_relationship_id").Name(),
            Amount = FilterJson.ParseNumber(node.Required("filter")),
            Filters = ValueList.Of(node.Required("filters").Items().Select(ParseFilter)),
        };
    }

    internal static void Write(Utf8JsonWriter writer, RelatedObjectsCondition condition)
    {
        writer.WriteString("type", "related-objects");
        writer.WriteString("object_type", condition.ObjectType);
        if (condition.Relation is not null)
        {
            writer.WriteString("relation", condition.Relation);
        }

        writer.WriteString("quantifier", RelatedObjectsCondition.Names.NameOf(condition.Quantifier));
        if (condition.Quantifier == Quantifier.Count)
        {
            writer.WritePropertyName("filter");
            FilterJson.Write(writer, condition.Amount);
        }

        if (condition.Where is not AndCondition { Conditions.Count: 0 })
        {
            writer.WritePropertyName("where");
            ConditionJson.Write(writer, condition.Where);
        }
    }

    internal static void Write(Utf8JsonWriter writer, CustomObjectCondition condition)
    {
        writer.WriteString("type", "profile-has-custom-object");
        writer.WriteString("object_type_id", condition.ObjectType);
        writer.WriteString("object_type_relationship_id", condition.Relation);
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, condition.Amount);
        writer.WriteStartArray("filters");
        foreach (var filter in condition.Filters)
        {
            WriteFilter(writer, filter);
        }

        writer.WriteEndArray();
    }

    // Klaviyo names properties of objects by numbers; a number names the property that has its digits for a name.
    private static PropertyFilter ParseFilter(DefinitionNode node)
    {
        node.Allow("property_id", "filter");
        var property = node.Required("property_id");
        var name = property.Element.ValueKind == JsonValueKind.Number
            ? property.Integer(0, int.MaxValue).ToString(CultureInfo.InvariantCulture)
            : property.Name();
        return new PropertyFilter(name, FilterJson.Parse(node.Required("filter")));
    }

    private static void WriteFilter(Utf8JsonWriter writer, PropertyFilter filter)
    {
        writer.WriteStartObject();
        var name = filter.Property.Text;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == name)
        {
            writer.WriteNumber("property_id", number);
        }
        else
        {
            writer.WriteString("property_id", name);
        }

        writer.WritePropertyName("filter");
        FilterJson.Write(writer, filter.Filter ?? throw new ArgumentOutOfRangeException(nameof(filter), filter, "An object's property has a filter."));
        writer.WriteEndObject();
    }
}
