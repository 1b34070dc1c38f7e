using System.Text;

namespace Klaviyo.Flows.Templates;

/// <summary>How a template goes on behind a node.</summary>
internal enum TemplateFlow
{
    /// <summary>With the next node.</summary>
    Next,

    /// <summary>Behind the innermost loop.</summary>
    Break,

    /// <summary>With the next item of the innermost loop.</summary>
    Continue,
}

/// <summary>One piece of a template that was read.</summary>
internal abstract record TemplateNode
{
    /// <summary>Gets whether it never writes anything that is seen.</summary>
    internal virtual bool IsBlank => false;

    internal abstract TemplateFlow Render(TemplateRun run);
}

/// <summary>Text that stays as it is.</summary>
internal sealed record TextNode(string Text, bool IsRaw) : TemplateNode
{
    internal override bool IsBlank => !IsRaw && string.IsNullOrWhiteSpace(Text);

    internal override TemplateFlow Render(TemplateRun run)
    {
        run.Write(Text);
        return TemplateFlow.Next;
    }
}

/// <summary>A value to put in.</summary>
internal sealed record OutputNode(TemplateExpression Value, TemplateSource Source, int Offset, string Expression) : TemplateNode
{
    internal override TemplateFlow Render(TemplateRun run)
    {
        run.Place = (Source, Offset);
        var value = Value.Evaluate(run);
        var text = value.Text(run);
        if (text.Length == 0 && run.Empty is { } empty)
        {
            var (line, column) = Source.Place(Offset);
            empty.Add(new TemplateEmptyPlace(Source.Name, line, column, Expression));
        }

        run.Write(value.IsSafe ? text : TemplateText.Escape(text, run.Escape));
        return TemplateFlow.Next;
    }
}

/// <summary>Nodes one after the other.</summary>
internal sealed record BlockNode(IReadOnlyList<TemplateNode> Nodes) : TemplateNode
{
    internal override bool IsBlank => Nodes.All(n => n.IsBlank);

    internal override TemplateFlow Render(TemplateRun run)
    {
        foreach (var node in Nodes)
        {
            run.Charge(0);
            var flow = node.Render(run);
            if (flow != TemplateFlow.Next)
            {
                return flow;
            }
        }

        return TemplateFlow.Next;
    }

    /// <summary>Gets the block without its white space, which a tag that shows nothing else does not write.</summary>
    internal BlockNode WithoutText() => new([.. Nodes.Where(n => n is not TextNode)]);

    /// <summary>Renders into a text of its own.</summary>
    internal string RenderAside(TemplateRun run, out TemplateFlow flow)
    {
        var outer = run.Output;
        run.Output = new StringBuilder();
        flow = Render(run);
        var text = run.Output.ToString();
        run.Output = outer;
        return text;
    }
}
