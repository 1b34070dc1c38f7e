namespace Klaviyo.Flows.Templates.Tags;

/// <summary>What a loop walks through: <c>item in event.Items limit: 3 offset: 1 reversed</c>.</summary>
internal sealed record LoopHead(
    string Variable, string Name, TemplateExpression Items, TemplateSource Source, int Offset)
{
    private TemplateExpression? Limit { get; init; }

    private TemplateExpression? Skip { get; init; }

    private bool Continues { get; init; }

    private bool Reversed { get; init; }

    internal TemplateExpression? Columns { get; private init; }

    internal static LoopHead Read(MarkupReader markup, TemplateDefinition definition, int offset, bool hasColumns)
    {
        var variable = markup.Target();
        definition.Set(variable);
        if (!markup.TryTakeWord("in"))
        {
            throw markup.Error("'in' is expected after the variable of a loop");
        }

        var start = markup.Offset;
        var items = markup.Filtered();
        var head = new LoopHead(variable, $"{variable}-{markup.Text(start)}", items, markup.Source, offset);
        while (!markup.IsAtEnd)
        {
            if (!markup.TryTake(','))
            {
                head = head.With(markup, hasColumns);
            }
        }

        return head;
    }

    /// <summary>Gets the items of this walk.</summary>
    internal IReadOnlyList<TemplateValue> Walk(TemplateRun run)
    {
        run.Place = (Source, Offset);
        var walked = Items.Evaluate(run);
        run.Charge(walked.Kind == TemplateValueKind.Text ? 0 : walked.Count);
        var items = walked.Kind switch
        {
            TemplateValueKind.List or TemplateValueKind.Range => walked.Items(),
            TemplateValueKind.Object => walked.Pairs(),
            TemplateValueKind.Text when walked.Count > 0 => [walked],
            _ => [],
        };
        var key = "loop " + Name;
        var from = Continues ? run.Registers.GetValueOrDefault(key) : WholeOf(Skip, run) ?? 0;
        var first = (int)Math.Clamp(from, 0, items.Count);
        var count = (int)Math.Clamp(WholeOf(Limit, run) ?? items.Count, 0, items.Count - first);
        run.Registers[key] = first + count;
        var taken = items.Skip(first).Take(count);
        return [.. Reversed ? taken.Reverse() : taken];
    }

    internal static long? WholeOf(TemplateExpression? expression, TemplateRun run)
    {
        var value = expression?.Evaluate(run) ?? TemplateValue.Nil;
        return value.IsNil ? null : TemplateNumber.Whole(value);
    }

    private LoopHead With(MarkupReader markup, bool hasColumns)
    {
        var at = markup.Offset;
        if (!markup.TryTakeName(out var name))
        {
            throw markup.Error($"'{markup.Rest}' is not expected in a loop");
        }

        if (name == "reversed")
        {
            return this with { Reversed = true };
        }

        if (name is not ("limit" or "offset") && !(name == "cols" && hasColumns))
        {
            throw markup.Error($"'{markup.Source.Text[at..markup.Offset].TrimEnd()}' is not expected in a loop");
        }

        markup.Expect(':', name);
        if (name == "offset" && markup.TryTakeWord("continue"))
        {
            return this with { Continues = true };
        }

        var value = markup.Value();
        return name switch
        {
            "limit" => this with { Limit = value },
            "offset" => this with { Skip = value, Continues = false },
            _ => this with { Columns = value },
        };
    }
}
