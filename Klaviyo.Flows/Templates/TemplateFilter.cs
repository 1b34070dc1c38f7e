using System.Collections.Frozen;
using Klaviyo.Flows.Templates.Filters;

namespace Klaviyo.Flows.Templates;

/// <summary>What a filter does.</summary>
/// <param name="call">What it may use besides.</param>
/// <param name="value">The value in front of it.</param>
/// <param name="arguments">Its arguments.</param>
/// <exception cref="TemplateException">The value does not fit.</exception>
internal delegate TemplateValue TemplateFilterBody(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments);

/// <summary>What a filter may use besides its value and arguments.</summary>
/// <param name="Run">The run, to charge work to.</param>
/// <param name="Keyword">The keyword argument; nil where it is not given.</param>
internal readonly record struct FilterContext(TemplateRun Run, TemplateValue Keyword)
{
    /// <summary>Gets an argument as text; what is missing is empty.</summary>
    internal string Text(ReadOnlySpan<TemplateValue> arguments, int index, string otherwise = "") =>
        index < arguments.Length ? arguments[index].Text(Run) : otherwise;
}

/// <summary>Something that a template may do with a value. Only what is listed here exists.</summary>
/// <param name="Name">Its name in templates.</param>
/// <param name="ArgumentsMin">How many arguments it needs.</param>
/// <param name="ArgumentsMax">How many it takes.</param>
/// <param name="Apply">What it does.</param>
internal sealed record TemplateFilter(string Name, int ArgumentsMin, int ArgumentsMax, TemplateFilterBody Apply)
{
    /// <summary>Gets the filters by name.</summary>
    internal static FrozenDictionary<string, TemplateFilter> ByName { get; } =
        new[] { TextFilters.All, CodingFilters.All, NumberFilters.All, ListFilters.All, SearchFilters.All, DateFilters.All, DjangoFilters.All }
            .SelectMany(f => f)
            .ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    /// <summary>Gets the name of its keyword argument; null where it has none.</summary>
    internal string? Keyword { get; init; }
}

/// <summary>A filter with its arguments, as a template uses it.</summary>
internal sealed record FilterCall(
    TemplateFilter Filter,
    IReadOnlyList<TemplateExpression> Arguments,
    IReadOnlyList<(string Name, TemplateExpression Value)> Keywords,
    TemplateSource Source,
    int Offset)
{
    internal TemplateValue Apply(TemplateValue value, TemplateRun run)
    {
        var arguments = new TemplateValue[Arguments.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Arguments[i].Evaluate(run);
        }

        var keyword = Keywords.Count == 0 ? TemplateValue.Nil : Keywords[^1].Value.Evaluate(run);
        run.Place = (Source, Offset);
        run.Charge(value.Count);
        var result = Filter.Apply(new FilterContext(run, keyword), value, arguments);
        run.Charge(result.Count);
        return result;
    }
}
