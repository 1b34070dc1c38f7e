namespace Klaviyo.Flows.Templates;

/// <summary>What is known of a template as a whole while it is read: names that it uses and sets, templates that it includes.</summary>
/// <param name="path">Where the text stands in the definition of the flow.</param>
/// <param name="names">The names that the engine gives; null to take any, as for cases of others.</param>
/// <param name="templates">The templates that may be included, by id.</param>
internal sealed class TemplateDefinition(
    string path, IReadOnlySet<string>? names, IReadOnlyDictionary<string, string> templates)
{
    /// <summary>How deep templates may include one another.</summary>
    internal const int IncludesMax = 8;

    /// <summary>How much text may be read, the templates that are included each time.</summary>
    internal const int CharactersMax = 2 * Template.SourceLengthMax;

    private readonly List<(TemplateSource Source, int Offset, string Name)> _used = [];
    private readonly HashSet<string> _set = new(StringComparer.Ordinal);

    private int _characters;

    /// <summary>Gets or sets how deep the template that is read stands in others.</summary>
    internal int Depth { get; set; }

    /// <summary>Gets or sets whether it looks custom objects up.</summary>
    internal bool ReadsCatalog { get; set; }

    /// <summary>Gets or sets whether it names the page on which its reader unsubscribes.</summary>
    internal bool ReadsUnsubscribe { get; set; }

    /// <summary>Gets or sets what values become in it.</summary>
    internal TemplateEscape Escape { get; set; }

    internal DefinitionException Error(TemplateSource source, int offset, string what) =>
        new(path, $"{source.Describe(offset)}: {what}");

    /// <summary>Charges a text that is about to be read: few that include one another can come to any length.</summary>
    /// <exception cref="DefinitionException">That is too much.</exception>
    internal void Charge(TemplateSource source)
    {
        _characters += Math.Min(source.Text.Length, CharactersMax + 1);
        if (_characters > CharactersMax)
        {
            throw Error(source, 0, $"the template and those that it includes come to more than {CharactersMax} characters");
        }
    }

    internal void Use(TemplateSource source, int offset, string name) => _used.Add((source, offset, name));

    /// <summary>Notes a root that is a value itself: <c>['first name']</c>.</summary>
    internal void UseComputedRoot(TemplateSource source, int offset, TemplateExpression root)
    {
        if (root is LiteralExpression { Value: { Kind: TemplateValueKind.Text } name })
        {
            Use(source, offset, name.AsText);
        }
        else if (names is not null)
        {
            throw Error(source, offset, "a value begins with a name, not with a computed one");
        }
    }

    internal void Set(string name) => _set.Add(name);

    internal bool TryFind(string template, out string? text) => templates.TryGetValue(template, out text);

    /// <summary>Tells whether a name is used that the template does not set itself.</summary>
    internal bool Reads(string name) => _used.Any(u => u.Name == name);

    /// <summary>Checks that every name that is used is known.</summary>
    /// <exception cref="DefinitionException">One is not.</exception>
    internal void ThrowIfUnknown()
    {
        if (names is null)
        {
            return;
        }

        foreach (var (source, offset, name) in _used)
        {
            if (!names.Contains(name) && !_set.Contains(name))
            {
                var known = string.Join(", ", names.Order(StringComparer.Ordinal));
                throw Error(source, offset, $"'{name}' is unknown; a value begins with one of {known}, or with a name that is assigned");
            }
        }
    }
}
