namespace Klaviyo.Flows.Templates.Tags;

/// <summary>A condition with what is shown where it holds; without a condition, otherwise.</summary>
internal readonly record struct TemplateBranch(TemplateCondition? Condition, BlockNode Body);

/// <summary>Shows the first block whose condition holds: <c>if</c>, <c>unless</c>.</summary>
internal sealed record IfTag(IReadOnlyList<TemplateBranch> Branches, bool Negated, TemplateSource Source, int Offset) : TemplateNode
{
    internal override bool IsBlank => Branches.All(b => b.Body.IsBlank);

    internal override TemplateFlow Render(TemplateRun run)
    {
        for (var i = 0; i < Branches.Count; i++)
        {
            run.Place = (Source, Offset);
            if (Branches[i].Condition is not { } condition || condition.Holds(run) != (Negated && i == 0))
            {
                return Branches[i].Body.Render(run);
            }
        }

        return TemplateFlow.Next;
    }
}

/// <summary>One <c>when</c> with its values, or an <c>else</c>, which has none.</summary>
internal readonly record struct CaseBranch(IReadOnlyList<TemplateExpression>? Values, BlockNode Body);

/// <summary>Shows the blocks of all values that are equal to one: <c>{% case x %}{% when 1, 2 %}…{% endcase %}</c>.</summary>
internal sealed record CaseTag(TemplateExpression Value, IReadOnlyList<CaseBranch> Branches, TemplateSource Source, int Offset)
    : TemplateNode
{
    internal override bool IsBlank => Branches.All(b => b.Body.IsBlank);

    internal override TemplateFlow Render(TemplateRun run)
    {
        run.Place = (Source, Offset);
        var value = Value.Evaluate(run);
        var matched = false;
        foreach (var (values, body) in Branches)
        {
            var times = values?.Count(v => TemplateComparison.AreEqual(value, v.Evaluate(run), run)) ?? (matched ? 0 : 1);
            matched |= values is not null && times > 0;
            for (var i = 0; i < times; i++)
            {
                var flow = body.Render(run);
                if (flow != TemplateFlow.Next)
                {
                    return flow;
                }
            }
        }

        return TemplateFlow.Next;
    }
}

/// <summary>Shows its text unless it is what was shown last: <c>{% ifchanged %}…{% endifchanged %}</c>.</summary>
internal sealed record IfChangedTag(BlockNode Body) : TemplateNode
{
    internal override TemplateFlow Render(TemplateRun run)
    {
        var text = Body.RenderAside(run, out var flow);
        if (text != run.LastIfChanged)
        {
            run.LastIfChanged = text;
            run.Write(text);
        }

        return flow;
    }
}

/// <summary>Leaves the loop, or goes on with its next item.</summary>
internal sealed record JumpTag(TemplateFlow Flow) : TemplateNode
{
    internal override TemplateFlow Render(TemplateRun run) => Flow;
}
