namespace Klaviyo.Flows.Templates;

/// <summary>Something that has a value when the template runs.</summary>
internal abstract record TemplateExpression
{
    internal abstract TemplateValue Evaluate(TemplateRun run);
}

/// <summary>A value that stands in the template itself.</summary>
internal sealed record LiteralExpression(TemplateValue Value) : TemplateExpression
{
    internal override TemplateValue Evaluate(TemplateRun run) => Value;
}

/// <summary>Whole numbers from one to another: <c>(1..5)</c>.</summary>
internal sealed record RangeExpression(TemplateExpression First, TemplateExpression Last) : TemplateExpression
{
    internal override TemplateValue Evaluate(TemplateRun run) =>
        TemplateValue.Range(TemplateNumber.RangeEnd(First.Evaluate(run)), TemplateNumber.RangeEnd(Last.Evaluate(run)));
}

/// <summary>Where a value is: <c>event.Items[0].Name</c>. What leads nowhere is nil.</summary>
/// <param name="Root">The name that it begins with, or what gives the name.</param>
/// <param name="Moves">The moves from there.</param>
internal sealed record PathExpression(TemplateExpression Root, IReadOnlyList<PathMove> Moves) : TemplateExpression
{
    internal override TemplateValue Evaluate(TemplateRun run)
    {
        run.Charge(Moves.Count);
        var root = Root.Evaluate(run);
        var value = root.Kind == TemplateValueKind.Text ? run.Find(root.AsText) : TemplateValue.Nil;
        foreach (var move in Moves)
        {
            value = move.Follow(value, run);
        }

        return value;
    }
}

/// <summary>One move along a path: <c>.name</c> or <c>[key]</c>.</summary>
/// <param name="Key">The name or index.</param>
/// <param name="IsName">Whether it is written with a point, so that <c>size</c>, <c>first</c> and <c>last</c> mean something.</param>
internal readonly record struct PathMove(TemplateExpression Key, bool IsName)
{
    internal TemplateValue Follow(TemplateValue value, TemplateRun run)
    {
        var key = Key.Evaluate(run);
        return value.Kind switch
        {
            TemplateValueKind.List or TemplateValueKind.Range when key.Kind == TemplateValueKind.Integer =>
                ItemAt(value, key.AsInteger, run),
            TemplateValueKind.Object when key.Kind == TemplateValueKind.Text && value.TryGet(key.AsText, out var found) => found,
            _ when IsName => Special(value, key.AsText, run),
            _ => TemplateValue.Nil,
        };
    }

    internal static TemplateValue Special(TemplateValue value, string name, TemplateRun run)
    {
        var isList = value.Kind is TemplateValueKind.List or TemplateValueKind.Range;
        return name switch
        {
            "size" when isList || value.Kind is TemplateValueKind.Text or TemplateValueKind.Object =>
                TemplateValue.Of((long)value.Count),
            "first" when isList => ItemAt(value, 0, run),
            "first" when value.Kind == TemplateValueKind.Object && value.Count > 0 => value.Pairs()[0],
            "last" when isList => ItemAt(value, -1, run),
            _ => TemplateValue.Nil,
        };
    }

    private static TemplateValue ItemAt(TemplateValue list, long index, TemplateRun run)
    {
        var count = list.Count;
        index = index < 0 ? index + count : index;
        if (index < 0 || index >= count)
        {
            return TemplateValue.Nil;
        }

        run.Charge(count);
        return list.Items()[(int)index];
    }
}

/// <summary>A value that filters change, one after the other.</summary>
internal sealed record FilteredExpression(TemplateExpression Value, IReadOnlyList<FilterCall> Filters) : TemplateExpression
{
    internal override TemplateValue Evaluate(TemplateRun run)
    {
        var value = Value.Evaluate(run);
        foreach (var filter in Filters)
        {
            value = filter.Apply(value, run);
        }

        return value;
    }
}
