using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;

namespace Klaviyo.Flows.Templates;

/// <summary>A filter with its arguments, as a template uses it.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="Arguments">Literal values.</param>
internal sealed record TemplateFilterCall(TemplateFilter Filter, IReadOnlyList<PropertyValue> Arguments)
{
    /// <summary>Changes a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="escaped">Whether it is HTML already.</param>
    /// <param name="error">Why it cannot be changed.</param>
    internal bool TryApply(ref PropertyValue value, ref bool escaped, [NotNullWhen(false)] out string? error)
    {
        escaped |= Filter.Escapes;
        var result = Filter.Apply(value, Arguments);
        error = result is null ? $"'{Filter.Name}' does not fit {value.Kind} '{value}'." : null;
        value = result ?? value;
        return error is null;
    }
}

/// <summary>Something that a template may do with a value. Only what is listed here exists.</summary>
/// <param name="Name">Its name in templates.</param>
/// <param name="ArgumentsMin">How many arguments it needs.</param>
/// <param name="ArgumentsMax">How many it takes.</param>
/// <param name="Apply">The change; null where the value is of a kind that it is not for.</param>
internal sealed record TemplateFilter(
    string Name, int ArgumentsMin, int ArgumentsMax, Func<PropertyValue, IReadOnlyList<PropertyValue>, PropertyValue?> Apply)
{
    /// <summary>Gets whether its result is HTML.</summary>
    internal bool Escapes { get; private init; }

    /// <summary>Gets the filters by name.</summary>
    internal static FrozenDictionary<string, TemplateFilter> ByName { get; } = new TemplateFilter[]
    {
        new("default", 1, 1, static (value, arguments) => IsEmpty(value) ? arguments[0] : value),
        new("upcase", 0, 0, static (value, _) => Text(value).ToUpperInvariant()),
        new("downcase", 0, 0, static (value, _) => Text(value).ToLowerInvariant()),
        new("escape", 0, 0, static (value, _) => HtmlEncoder.Default.Encode(Text(value))) { Escapes = true },
        new("size", 0, 0, static (value, _) => Size(value)),
        new("round", 0, 1, Round),
    }.ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    /// <summary>Writes a value as a template shows it: nothing for null, a list without separators.</summary>
    internal static string Text(PropertyValue value)
    {
        return value.Kind switch
        {
            PropertyKind.Null => "",
            PropertyKind.List => string.Concat(value.AsList().Select(Text)),
            _ => value.ToString(),
        };
    }

    private static bool IsEmpty(PropertyValue value)
    {
        return value.Kind switch
        {
            PropertyKind.Null => true,
            PropertyKind.Boolean => !value.AsBoolean(),
            PropertyKind.String => value.AsString().Length == 0,
            PropertyKind.List => value.AsList().Count == 0,
            _ => false,
        };
    }

    private static PropertyValue Size(PropertyValue value)
    {
        return value.Kind switch
        {
            PropertyKind.String => value.AsString().Length,
            PropertyKind.List => value.AsList().Count,
            PropertyKind.Object => value.AsObject().Count,
            _ => 0,
        };
    }

    private static PropertyValue? Round(PropertyValue value, IReadOnlyList<PropertyValue> arguments)
    {
        var digits = arguments is [{ Kind: PropertyKind.Number } given] ? (int)Math.Clamp(given.AsNumber(), 0, 15) : 0;
        return value.Kind switch
        {
            PropertyKind.Null => (PropertyValue?)value,
            PropertyKind.Number => (PropertyValue)Math.Round(value.AsNumber(), digits, MidpointRounding.AwayFromZero),
            _ => null,
        };
    }
}
