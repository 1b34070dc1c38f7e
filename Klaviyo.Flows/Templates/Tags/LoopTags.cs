namespace Klaviyo.Flows.Templates.Tags;

/// <summary>Shows its block for each item: <c>{% for item in event.Items %}…{% else %}…{% endfor %}</c>.</summary>
internal sealed record ForTag(LoopHead Head, BlockNode Body, BlockNode? Otherwise) : TemplateNode
{
    internal override bool IsBlank => Body.IsBlank && Otherwise is null or { IsBlank: true };

    internal override TemplateFlow Render(TemplateRun run)
    {
        var items = Head.Walk(run);
        if (items.Count == 0)
        {
            return Otherwise?.Render(run) ?? TemplateFlow.Next;
        }

        var loop = new LoopState(Head.Name, items.Count, 0, run.Loop);
        (run.Loop, var outer) = (loop, run.Loop);
        run.EnterScope();
        run.Set("forloop", TemplateValue.Of(loop));
        foreach (var item in items)
        {
            run.Set(Head.Variable, item);
            if (Body.Render(run) == TemplateFlow.Break)
            {
                break;
            }

            loop.Index++;
        }

        run.LeaveScope();
        run.Loop = outer;
        return TemplateFlow.Next;
    }
}

/// <summary>Shows its block for each item as cells of a table: <c>{% tablerow item in items cols: 2 %}…{% endtablerow %}</c>.</summary>
internal sealed record TableRowTag(LoopHead Head, BlockNode Body) : TemplateNode
{
    internal override TemplateFlow Render(TemplateRun run)
    {
        var items = Head.Walk(run);
        var columns = (int)Math.Clamp(LoopHead.WholeOf(Head.Columns, run) ?? items.Count, 1, int.MaxValue);
        var loop = new LoopState(Head.Name, items.Count, columns, null);
        run.EnterScope();
        run.Set("tablerowloop", TemplateValue.Of(loop));
        run.Write("<tr class=\"row1\">\n");
        for (; loop.Index < items.Count; loop.Index++)
        {
            run.Set(Head.Variable, items[loop.Index]);
            run.Write($"<td class=\"col{loop.Column + 1}\">");
            var flow = Body.Render(run);
            run.Write("</td>");
            if (flow == TemplateFlow.Break)
            {
                break;
            }

            if (loop.Column == columns - 1 && loop.Index < items.Count - 1)
            {
                run.Write($"</tr>\n<tr class=\"row{(loop.Index / columns) + 2}\">");
            }
        }

        run.Write("</tr>\n");
        run.LeaveScope();
        return TemplateFlow.Next;
    }
}
