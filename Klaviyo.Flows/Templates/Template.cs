using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Klaviyo.Flows.Templates;

/// <summary>A text with values to put in: <c>Hello {{ person.first_name | default: 'there' }}</c>.</summary>
/// <remarks>
/// A small language on purpose: values, paths and a list of allowed filters; no tags, no loops, so that the work is bounded
/// by the length of the template. What is missing is empty. Mistakes are found when it is read, not when it is sent.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class Template
{
    /// <summary>The longest text that a template may make, in characters.</summary>
    internal const int OutputLengthMax = 1 << 20;

    private readonly IReadOnlyList<TemplatePart> _parts;
    private readonly TemplateEscape _escape;

    private Template(IReadOnlyList<TemplatePart> parts, TemplateEscape escape)
    {
        _parts = parts;
        _escape = escape;
    }

    /// <summary>Gets whether the text depends on the profile.</summary>
    internal bool ReadsPerson => _parts.OfType<TemplateOutput>().Any(p => p.Path.Root == TemplateRoot.Person);

    /// <summary>Gets whether the text depends on the event.</summary>
    internal bool ReadsEvent => _parts.OfType<TemplateOutput>().Any(p => p.Path.Root == TemplateRoot.Event);

    /// <summary>Reads a template.</summary>
    /// <param name="source">The text.</param>
    /// <param name="escape">What values become.</param>
    /// <param name="path">Where the text stands in the definition.</param>
    /// <exception cref="DefinitionException">The template cannot mean anything; the message names the place in it.</exception>
    internal static Template Parse(string source, TemplateEscape escape, string path) =>
        new(new TemplateParser(source, path).Parse(), escape);

    /// <summary>Puts the values in.</summary>
    /// <param name="data">The values.</param>
    /// <param name="text">The text.</param>
    /// <param name="error">Why there is no text.</param>
    /// <returns><see langword="false"/> if a value does not fit its filter, or the text became too long.</returns>
    internal bool TryRender(
        in TemplateData data, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? error)
    {
        var output = new StringBuilder();
        text = error = null;
        foreach (var part in _parts)
        {
            if (!part.TryWrite(output, data, _escape, out error))
            {
                return false;
            }

            if (output.Length > OutputLengthMax)
            {
                error = $"The text is longer than {OutputLengthMax} characters.";
                return false;
            }
        }

        text = output.ToString();
        return true;
    }
}
