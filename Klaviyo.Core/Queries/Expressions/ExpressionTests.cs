namespace Klaviyo;

// The operators of filter expressions, made of the filters that segments are made of.
internal static class ExpressionTests
{
    private static readonly string[] Operators =
    [
        "equals", "greater-than", "greater-or-equal", "less-than", "less-or-equal", "contains", "starts-with", "ends-with",
        "any", "contains-any", "contains-all", "has",
    ];

    internal static string Names { get; } = string.Join(", ", Operators);

    internal static bool IsKnown(string name) => Operators.Contains(name);

    internal static ExpressionNode? TryCreate(string name, string field, List<PropertyValue> values, out string problem)
    {
        problem = Problem(name, values);
        if (problem.Length > 0)
        {
            return null;
        }

        return name switch
        {
            "has" => new FieldTest(field, new ExistenceFilter(true)),
            "any" => new AnyOf([.. values.Select(v => EqualTo(field, v))]),
            "contains-any" => new FieldTest(field, new ListFilter(ListOperator.ContainsAny, [.. values])),
            "contains-all" => new FieldTest(field, new ListFilter(ListOperator.ContainsAll, [.. values])),
            "equals" => EqualTo(field, values[0]),
            "contains" => Containing(field, values[0]),
            "starts-with" => new FieldTest(field, new StringFilter(StringOperator.StartsWith, values[0].AsString())),
            "ends-with" => new FieldTest(field, new StringFilter(StringOperator.EndsWith, values[0].AsString())),
            _ => new FieldTest(field, Comparison(name, values[0])),
        };
    }

    private static string Problem(string name, List<PropertyValue> values)
    {
        var takesList = name is "any" or "contains-any" or "contains-all";
        if (name == "has" ? values.Count != 0 : !takesList && values.Count != 1)
        {
            return $"'{name}' takes a field{(name == "has" ? "" : " and one value")}";
        }

        return name switch
        {
            "starts-with" or "ends-with" when values[0].Kind != PropertyKind.String => $"'{name}' takes a string",
            "greater-than" or "greater-or-equal" or "less-than" or "less-or-equal" when !IsComparable(values[0]) =>
                $"'{name}' takes a number or an ISO 8601 date",
            _ => "",
        };
    }

    private static bool IsComparable(PropertyValue value) => value.Kind == PropertyKind.Number || DateFilter.TryRead(value, out _);

    private static ExpressionNode EqualTo(string field, PropertyValue value)
    {
        return value.Kind switch
        {
            PropertyKind.Null => new FieldTest(field, new ExistenceFilter(false)),
            PropertyKind.Boolean => new FieldTest(field, new BooleanFilter(value.AsBoolean())),
            PropertyKind.Number => new FieldTest(field, new NumberFilter(NumberOperator.EqualTo, value.AsNumber())),
            PropertyKind.Instant => new FieldTest(field, SameInstant(value.AsInstant())),
            _ => EqualToText(field, value.AsString()),
        };
    }

    // A date in quotes is also the instant: equals(created,"2026-11-23T08:30:00Z").
    private static ExpressionNode EqualToText(string field, string text)
    {
        var same = new FieldTest(field, new StringFilter(StringOperator.EqualTo, text));
        return Instant.TryParse(text, out var instant)
            ? new AnyOf([same, new FieldTest(field, SameInstant(instant))])
            : same;
    }

    private static StaticDateRangeFilter SameInstant(Instant instant) => new(instant, instant.PlusMs(1));

    private static ExpressionNode Containing(string field, PropertyValue value)
    {
        var item = new FieldTest(field, new ListFilter(ListOperator.Contains, value));
        return value.Kind == PropertyKind.String
            ? new AnyOf([new FieldTest(field, new StringFilter(StringOperator.Contains, value.AsString())), item])
            : item;
    }

    private static ValueFilter Comparison(string name, PropertyValue value)
    {
        if (value.Kind == PropertyKind.Number)
        {
            return new NumberFilter(NumberComparison(name), value.AsNumber());
        }

        _ = DateFilter.TryRead(value, out var instant);
        return name switch
        {
            "greater-than" => new StaticDateFilter(IsAfter: true, instant),
            "greater-or-equal" => new StaticDateFilter(IsAfter: true, instant.PlusMs(-1)),
            "less-than" => new StaticDateFilter(IsAfter: false, instant),
            _ => new StaticDateFilter(IsAfter: false, instant.PlusMs(1)),
        };
    }

    private static NumberOperator NumberComparison(string name)
    {
        return name switch
        {
            "greater-than" => NumberOperator.GreaterThan,
            "greater-or-equal" => NumberOperator.GreaterThanOrEqualTo,
            "less-than" => NumberOperator.LessThan,
            _ => NumberOperator.LessThanOrEqualTo,
        };
    }
}
