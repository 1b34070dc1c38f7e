namespace Klaviyo.Flows.Templates.Tags;

/// <summary>Shows another template of the host: <c>render</c> with variables of its own, <c>include</c> with those around it.</summary>
/// <param name="Body">The template.</param>
/// <param name="Isolated">Whether it sees only what it is given.</param>
/// <param name="Variable">The name under which it gets <paramref name="Bound"/>.</param>
/// <param name="Bound">What it is given with <c>with</c> or <c>for</c>; null for nothing.</param>
/// <param name="Each">Whether it is shown for each item of that.</param>
/// <param name="Arguments">What else it is given.</param>
internal sealed record PartTag(
    BlockNode Body,
    bool Isolated,
    string Variable,
    TemplateExpression? Bound,
    bool Each,
    IReadOnlyList<(string Name, TemplateExpression Value)> Arguments) : TemplateNode
{
    internal override TemplateFlow Render(TemplateRun run)
    {
        var bound = Bound?.Evaluate(run) ?? TemplateValue.Nil;
        if (Bound is not null && bound.IsNil)
        {
            // As Liquid: with nothing it is shown once and sees nothing.
            return Show(run, bound, null);
        }

        if (bound.Kind is not (TemplateValueKind.List or TemplateValueKind.Range) || (!Each && Isolated))
        {
            return Show(run, bound, null);
        }

        run.Charge(bound.Count);
        var items = bound.Items();
        var loop = Each && Isolated ? new LoopState(Variable, items.Count, 0, null) : null;
        foreach (var item in items)
        {
            var flow = Show(run, item, loop);
            if (flow == TemplateFlow.Break)
            {
                return Isolated ? TemplateFlow.Next : flow;
            }

            _ = loop is null ? 0 : loop.Index++;
        }

        return TemplateFlow.Next;
    }

    private TemplateFlow Show(TemplateRun run, TemplateValue bound, LoopState? loop)
    {
        var inner = Isolated ? run.Isolated() : run;
        var values = Arguments.Select(a => (a.Name, Value: a.Value.Evaluate(run))).ToList();
        if (!Isolated)
        {
            inner.EnterScope();
        }

        if (!bound.IsNil)
        {
            inner.Set(Variable, bound);
        }

        foreach (var (name, value) in values)
        {
            inner.Set(name, value);
        }

        if (loop is not null)
        {
            inner.Set("forloop", TemplateValue.Of(loop));
        }

        var flow = Body.Render(inner);
        if (!Isolated)
        {
            inner.LeaveScope();
        }

        return Isolated ? TemplateFlow.Next : flow;
    }
}

/// <summary>Shows its block with a custom object as <c>catalog_item</c>: <c>{% catalog event.ItemID %}…{% endcatalog %}</c>.</summary>
/// <param name="Id">The id of the object.</param>
/// <param name="Type">The type of the object.</param>
/// <param name="Body">The block; it is not shown where there is no such object.</param>
/// <param name="Otherwise">What is shown then; null for nothing.</param>
internal sealed record CatalogTag(TemplateExpression Id, string Type, BlockNode Body, BlockNode? Otherwise) : TemplateNode
{
    /// <summary>The name of the object inside the block.</summary>
    internal const string Variable = "catalog_item";

    /// <summary>The type where the tag names none.</summary>
    internal const string TypeDefault = "product";

    // A look-up reads another profile's history, which is much more than a step.
    private const int LookupWork = 10_000;

    internal override TemplateFlow Render(TemplateRun run)
    {
        run.Charge(LookupWork);
        var id = Id.Evaluate(run).Text(run);
        if (id.Length == 0 || run.Data.Catalog(Type, id) is not { } found)
        {
            return Otherwise?.Render(run) ?? TemplateFlow.Next;
        }

        run.EnterScope();
        run.Set(Variable, TemplateValue.Of(found));
        var flow = Body.Render(run);
        run.LeaveScope();
        return flow;
    }
}
