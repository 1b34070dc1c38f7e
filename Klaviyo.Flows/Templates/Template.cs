using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Klaviyo.Flows.Templates;

/// <summary>A text in Liquid: <c>Hello {{ person.first_name | default: 'there' }}</c>.</summary>
/// <remarks>
/// <para>It is read into nodes: words between braces, then the nodes that the tags make of them. Nothing is looked up by
/// reflection and nothing is compiled; only the listed tags and filters exist, and of the data only what it is given.</para>
/// <para>What is missing is empty. Mistakes are found when it is read, not when it is sent. Its work and its text are bounded,
/// see <see cref="TemplateRun"/>.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class Template
{
    /// <summary>The longest source, in characters.</summary>
    internal const int SourceLengthMax = 1 << 20;

    // Klaviyo lets these be written without 'person.'.
    private static readonly FrozenSet<string> OfPerson =
        FrozenSet.Create(StringComparer.Ordinal, "first_name", "last_name", "email", "phone_number", "external_id", "title");

    private static readonly FrozenSet<string> Names =
        FrozenSet.ToFrozenSet([.. OfPerson, "person", "event", "variables", "forloop", "tablerowloop"], StringComparer.Ordinal);

    private readonly BlockNode _body;
    private readonly TemplateEscape _escape;

    // A source without a brace is its own text.
    private readonly string? _text;

    private Template(string source, BlockNode body, TemplateEscape escape, TemplateDefinition definition)
    {
        _text = source.Contains('{') ? null : source;
        _body = body;
        _escape = escape;
        ReadsPerson = definition.Reads("person") || OfPerson.Any(definition.Reads);
        ReadsEvent = definition.Reads("event");
        ReadsCatalog = definition.ReadsCatalog;
        ReadsUnsubscribe = definition.ReadsUnsubscribe;
    }

    /// <summary>Gets whether the text depends on the profile.</summary>
    internal bool ReadsPerson { get; }

    /// <summary>Gets whether the text depends on the event.</summary>
    internal bool ReadsEvent { get; }

    /// <summary>Gets whether the text depends on custom objects.</summary>
    internal bool ReadsCatalog { get; }

    /// <summary>Gets whether the text names the page on which its reader unsubscribes.</summary>
    internal bool ReadsUnsubscribe { get; }

    /// <summary>Reads a template that includes no others.</summary>
    internal static Template Parse(string source, TemplateEscape escape, string path) =>
        Parse(source, escape, path, FrozenDictionary<string, string>.Empty);

    /// <summary>Reads a template.</summary>
    /// <param name="source">The text.</param>
    /// <param name="escape">What values become.</param>
    /// <param name="path">Where the text stands in the definition.</param>
    /// <param name="templates">The templates that it may include, by id.</param>
    /// <exception cref="DefinitionException">The template cannot mean anything; the message names line and column.</exception>
    internal static Template Parse(
        string source, TemplateEscape escape, string path, IReadOnlyDictionary<string, string> templates) =>
        Parse(source, escape, new TemplateDefinition(path, Names, templates));

    /// <summary>Reads a template with names of one's own.</summary>
    internal static Template Parse(string source, TemplateEscape escape, TemplateDefinition definition)
    {
        var text = new TemplateSource("", source);
        if (source.Length > SourceLengthMax)
        {
            throw definition.Error(text, 0, $"a template has at most {SourceLengthMax} characters");
        }

        definition.Escape = escape;
        var body = TemplateParser.Parse(text, definition);
        definition.ThrowIfUnknown();
        return new Template(source, body, escape, definition);
    }

    /// <summary>Puts the values in.</summary>
    /// <param name="data">The values.</param>
    /// <param name="text">The text.</param>
    /// <param name="error">Why there is no text, with its place.</param>
    /// <returns><see langword="false"/> if a value does not fit.</returns>
    /// <exception cref="TemplateBoundException">The work or the text became too much.</exception>
    internal bool TryRender(
        TemplateData data, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? error) =>
        TryRender(data, null, out text, out error);

    /// <summary>Puts the values in, and notes where there was nothing to put in.</summary>
    internal bool TryRender(
        TemplateData data,
        List<TemplateEmptyPlace>? empty,
        [NotNullWhen(true)] out string? text,
        [NotNullWhen(false)] out string? error)
    {
        error = null;
        text = _text;
        return text is not null || TryFill(data, empty, out text, out error);
    }

    private bool TryFill(
        TemplateData data,
        List<TemplateEmptyPlace>? empty,
        [NotNullWhen(true)] out string? text,
        [NotNullWhen(false)] out string? error)
    {
        TemplateValue? Global(string name) => name switch
        {
            "person" => TemplateValue.Of(data.Person),
            "event" => TemplateValue.Of(data.Event),
            "variables" => TemplateValue.Of(data.Variables),
            _ when OfPerson.Contains(name) => TemplateValue.Of(data.Person[name]),
            _ => null,
        };

        return TryRun(new TemplateRun(data, _escape, Global) { Empty = empty }, out text, out error);
    }

    /// <summary>Puts values of any names in.</summary>
    internal bool TryRun(TemplateRun run, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? error)
    {
        text = error = null;
        try
        {
            _body.Render(run);
            text = run.Output.ToString();
            return true;
        }
        catch (TemplateException failure)
        {
            error = AtPlace(run, failure.Message);
            return false;
        }
        catch (TemplateBoundException bound)
        {
            throw new TemplateBoundException(AtPlace(run, bound.Message));
        }
    }

    private static string AtPlace(TemplateRun run, string message)
    {
        var (source, offset) = run.Place;
        return source is null ? message : $"{source.Describe(offset)}: {message}";
    }
}
