namespace Klaviyo.Flows.Templates.Tags;

/// <summary>Sets a variable: <c>{% assign name = value %}</c>.</summary>
internal sealed record AssignTag(string Name, TemplateExpression Value, TemplateSource Source, int Offset) : TemplateNode
{
    internal override bool IsBlank => true;

    internal static AssignTag Read(MarkupReader markup, TemplateDefinition definition, int offset)
    {
        var name = markup.Target();
        markup.Expect('=', "the name of a variable");
        var value = markup.Filtered();
        definition.Set(name);
        return new AssignTag(name, value, markup.Source, offset);
    }

    internal override TemplateFlow Render(TemplateRun run)
    {
        run.Place = (Source, Offset);
        run.Assign(Name, Value.Evaluate(run));
        return TemplateFlow.Next;
    }
}

/// <summary>Sets a variable to a text that is rendered, which is escaped already: <c>{% capture name %}…{% endcapture %}</c>.</summary>
internal sealed record CaptureTag(string Name, BlockNode Body) : TemplateNode
{
    internal override bool IsBlank => true;

    internal override TemplateFlow Render(TemplateRun run)
    {
        run.Assign(Name, TemplateValue.Safe(Body.RenderAside(run, out var flow)));
        return flow;
    }
}

/// <summary>Shows a counter and moves it: <c>{% increment name %}</c>, <c>{% decrement name %}</c>.</summary>
internal sealed record CounterTag(string Name, int Step) : TemplateNode
{
    internal override TemplateFlow Render(TemplateRun run)
    {
        // Up, it is shown before it moves; down, behind it.
        var before = run.Count(Name, Step);
        run.Write(TemplateValue.Of(Step > 0 ? before : before - 1).Text(run));
        return TemplateFlow.Next;
    }
}

/// <summary>Shows its values one after the other, one each time: <c>{% cycle 'odd', 'even' %}</c>.</summary>
/// <param name="Name">What tells cycles apart; null for the values themselves.</param>
/// <param name="Key">The values as they are written.</param>
/// <param name="Values">The values, at least one.</param>
internal sealed record CycleTag(TemplateExpression? Name, string Key, IReadOnlyList<TemplateExpression> Values) : TemplateNode
{
    internal static CycleTag Read(MarkupReader markup)
    {
        var start = markup.Offset;
        var first = markup.Value();
        var name = markup.TryTake(':') ? first : null;
        var values = new List<TemplateExpression> { name is null ? first : markup.Value() };
        while (markup.TryTake(',') && !markup.IsAtEnd)
        {
            values.Add(markup.Value());
        }

        return new CycleTag(name, markup.Text(start), values);
    }

    internal override TemplateFlow Render(TemplateRun run)
    {
        var key = "cycle " + (Name is null ? "by values " + Key : "by name " + Name.Evaluate(run).Text(run));
        var index = (int)run.Registers.GetValueOrDefault(key);
        var value = index < Values.Count ? Values[index].Evaluate(run) : TemplateValue.Nil;
        run.Registers[key] = index + 1 < Values.Count ? index + 1 : 0;
        run.Write(TemplateText.Escape(value.Text(run), value.IsSafe ? TemplateEscape.None : run.Escape));
        return TemplateFlow.Next;
    }
}
