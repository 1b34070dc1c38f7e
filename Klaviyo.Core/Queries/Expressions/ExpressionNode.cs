namespace Klaviyo;

internal abstract record ExpressionNode
{
    internal abstract bool Matches(Func<string, PropertyValue> field);

    internal abstract void AddFields(ISet<string> fields);

    // The instants of a date field that match; null where the node is more than one range of that field.
    internal virtual TimeRange? RangeOf(string field) => null;
}

internal sealed record FieldTest(string Field, ValueFilter Filter) : ExpressionNode
{
    // None of the filters that an expression is made of looks at a profile or at T.
    internal override bool Matches(Func<string, PropertyValue> field) => Filter.Matches(field(Field), default);

    internal override void AddFields(ISet<string> fields) => fields.Add(Field);

    internal override TimeRange? RangeOf(string field)
    {
        return (Filter as DateFilter) is { } dates && Field == field && dates.TryGetRange(default, out var range) ? range : null;
    }
}

internal sealed record AllOf(IReadOnlyList<ExpressionNode> Nodes) : ExpressionNode
{
    internal override bool Matches(Func<string, PropertyValue> field) => Nodes.All(n => n.Matches(field));

    internal override TimeRange? RangeOf(string field)
    {
        var ranges = Nodes.Select(n => n.RangeOf(field)).ToList();
        return ranges.Contains(null) ? null : ranges.Aggregate((a, b) => a!.Value.Intersect(b!.Value));
    }

    internal override void AddFields(ISet<string> fields)
    {
        foreach (var node in Nodes)
        {
            node.AddFields(fields);
        }
    }
}

internal sealed record AnyOf(IReadOnlyList<ExpressionNode> Nodes) : ExpressionNode
{
    internal override bool Matches(Func<string, PropertyValue> field) => Nodes.Any(n => n.Matches(field));

    internal override void AddFields(ISet<string> fields)
    {
        foreach (var node in Nodes)
        {
            node.AddFields(fields);
        }
    }
}

internal sealed record Negation(ExpressionNode Node) : ExpressionNode
{
    internal override bool Matches(Func<string, PropertyValue> field) => !Node.Matches(field);

    internal override void AddFields(ISet<string> fields) => Node.AddFields(fields);
}
