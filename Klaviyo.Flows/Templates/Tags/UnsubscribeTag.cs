namespace Klaviyo.Flows.Templates.Tags;

/// <summary>The link by which who reads the message unsubscribes: <c>{% unsubscribe 'No more of this' %}</c>.</summary>
/// <param name="Text">What is to be clicked; null for the usual word.</param>
internal sealed record UnsubscribeTag(TemplateExpression? Text) : TemplateNode
{
    private const string TextDefault = "Unsubscribe";

    internal override TemplateFlow Render(TemplateRun run)
    {
        var text = Text?.Evaluate(run) ?? TemplateValue.Of(TextDefault);
        var words = text.Text(run);
        run.Write($"""<a href="{TemplateText.Html(run.Data.UnsubscribeUrl)}">{(text.IsSafe ? words : TemplateText.Html(words))}</a>""");
        return TemplateFlow.Next;
    }
}

/// <summary>The address alone: <c>&lt;a href="{% unsubscribe_link %}"&gt;</c>.</summary>
internal sealed record UnsubscribeLinkTag : TemplateNode
{
    internal override TemplateFlow Render(TemplateRun run)
    {
        run.Write(TemplateText.Escape(run.Data.UnsubscribeUrl, run.Escape));
        return TemplateFlow.Next;
    }
}
