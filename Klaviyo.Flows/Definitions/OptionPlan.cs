using System.Diagnostics.CodeAnalysis;
using Klaviyo.Flows.Templates;

namespace Klaviyo.Flows.Definitions;

/// <summary>The options of a message, whose texts are templates like its subject and body.</summary>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class OptionPlan
{
    /// <summary>The plan of a message without options.</summary>
    internal static readonly OptionPlan None = new([]);

    // Names of things, for people and for providers.
    private static readonly string[] Names = ["name", "id", "vendor_id", "template_id", "conversion_metric_id"];

    private readonly PropertyMap _options;
    private readonly Dictionary<string, Template> _templates = new(StringComparer.Ordinal);

    private OptionPlan(PropertyMap options) => _options = options;

    /// <summary>Gets the templates.</summary>
    internal IReadOnlyCollection<Template> Templates => _templates.Values;

    /// <summary>Reads the templates among options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="path">Where the message stands.</param>
    /// <param name="templates">The host's templates by id.</param>
    /// <exception cref="DefinitionException">One cannot mean anything.</exception>
    internal static OptionPlan Of(PropertyMap options, string path, IReadOnlyDictionary<string, string> templates)
    {
        var plan = new OptionPlan(options);
        foreach (var (name, value) in options.AsSpan())
        {
            if (!Names.Contains(name))
            {
                plan.Read(value, $"{path}.{name}", templates);
            }
        }

        return plan;
    }

    /// <summary>Fills the templates.</summary>
    internal bool TryRender(
        TemplateData data,
        List<TemplateEmptyPlace>? empty,
        [NotNullWhen(true)] out PropertyMap? options,
        [NotNullWhen(false)] out string? error)
    {
        (options, error) = (_options, null);
        if (_templates.Count == 0)
        {
            return true;
        }

        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (source, template) in _templates)
        {
            if (!template.TryRender(data, empty, out var text, out error))
            {
                options = null;
                return false;
            }

            texts[source] = text;
        }

        options = new PropertyMap(_options.Count);
        foreach (var (name, value) in _options.AsSpan())
        {
            options[name] = Names.Contains(name) ? value : Filled(value, texts);
        }

        return true;
    }

    private void Read(PropertyValue value, string path, IReadOnlyDictionary<string, string> templates)
    {
        switch (value.Kind)
        {
            case PropertyKind.String when value.AsString().Contains('{', StringComparison.Ordinal):
                _templates.TryAdd(value.AsString(), Template.Parse(value.AsString(), TemplateEscape.None, path, templates));
                break;
            case PropertyKind.List:
                foreach (var item in value.AsList())
                {
                    Read(item, path, templates);
                }

                break;
            case PropertyKind.Object:
                foreach (var (_, inner) in value.AsObject().AsSpan())
                {
                    Read(inner, path, templates);
                }

                break;
            default:
                break;
        }
    }

    private static PropertyValue Filled(PropertyValue value, Dictionary<string, string> texts)
    {
        switch (value.Kind)
        {
            case PropertyKind.String:
                return texts.TryGetValue(value.AsString(), out var text) ? text : value;
            case PropertyKind.List:
                return value.AsList().Select(item => Filled(item, texts)).ToArray();
            case PropertyKind.Object:
                var filled = new PropertyMap(value.AsObject().Count);
                foreach (var (name, inner) in value.AsObject().AsSpan())
                {
                    filled[name] = Filled(inner, texts);
                }

                return filled;
            default:
                return value;
        }
    }
}
