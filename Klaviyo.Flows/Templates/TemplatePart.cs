using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;

namespace Klaviyo.Flows.Templates;

/// <summary>One piece of a template.</summary>
internal abstract record TemplatePart
{
    /// <summary>Writes the piece.</summary>
    internal abstract bool TryWrite(
        StringBuilder output, in TemplateData data, TemplateEscape escape, [NotNullWhen(false)] out string? error);
}

/// <summary>Text that stays as it is.</summary>
internal sealed record TemplateText(string Text) : TemplatePart
{
    internal override bool TryWrite(
        StringBuilder output, in TemplateData data, TemplateEscape escape, [NotNullWhen(false)] out string? error)
    {
        output.Append(Text);
        error = null;
        return true;
    }
}

/// <summary>A value to put in: where it is, and what filters make of it.</summary>
internal sealed record TemplateOutput(TemplatePath Path, IReadOnlyList<TemplateFilterCall> Filters) : TemplatePart
{
    internal override bool TryWrite(
        StringBuilder output, in TemplateData data, TemplateEscape escape, [NotNullWhen(false)] out string? error)
    {
        var value = Path.Find(data);
        var escaped = false;
        foreach (var call in Filters)
        {
            if (!call.TryApply(ref value, ref escaped, out error))
            {
                return false;
            }
        }

        var text = TemplateFilter.Text(value);
        output.Append(escape switch
        {
            TemplateEscape.Html when !escaped => HtmlEncoder.Default.Encode(text),
            TemplateEscape.Json => JavaScriptEncoder.Default.Encode(text),
            _ => text,
        });
        error = null;
        return true;
    }
}
