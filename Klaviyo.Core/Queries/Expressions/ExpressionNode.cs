namespace Klaviyo;

internal abstract record ExpressionNode
{
    internal abstract bool Matches(Func<string, PropertyValue> field);

    internal abstract void AddFields(ISet<string> fields);
}

internal sealed record FieldTest(string Field, ValueFilter Filter) : ExpressionNode
{
    // None of the filters that an expression is made of looks at a profile or at T.
    internal override bool Matches(Func<string, PropertyValue> field) => Filter.Matches(field(Field), default);

    internal override void AddFields(ISet<string> fields) => fields.Add(Field);
}

internal sealed record AllOf(IReadOnlyList<ExpressionNode> Nodes) : ExpressionNode
{
    internal override bool Matches(Func<string, PropertyValue> field) => Nodes.All(n => n.Matches(field));

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
