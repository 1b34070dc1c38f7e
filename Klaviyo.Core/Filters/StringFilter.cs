using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Klaviyo;

/// <summary>Compares a string.</summary>
/// <remarks>
/// <para>Only a string matches a positive operator; a negative one matches everything else too.</para>
/// <para>A regular expression runs in time linear in the string, whatever the expression.</para>
/// </remarks>
public sealed record StringFilter : ValueFilter
{
    internal static readonly OperatorNames<StringOperator> Names = new(
        ("equals", StringOperator.EqualTo),
        ("not-equals", StringOperator.NotEqualTo),
        ("contains", StringOperator.Contains),
        ("not-contains", StringOperator.NotContains),
        ("starts-with", StringOperator.StartsWith),
        ("not-starts-with", StringOperator.NotStartsWith),
        ("ends-with", StringOperator.EndsWith),
        ("not-ends-with", StringOperator.NotEndsWith),
        ("regex", StringOperator.Matches),
        ("nregex", StringOperator.NotMatches),
        ("in", StringOperator.In),
        ("not-in", StringOperator.NotIn),
        ("iequals", StringOperator.EqualToIgnoringCase),
        ("icontains", StringOperator.ContainsIgnoringCase),
        ("istarts-with", StringOperator.StartsWithIgnoringCase),
        ("iends-with", StringOperator.EndsWithIgnoringCase),
        ("phone-country-code-in", StringOperator.PhoneCountryIn),
        ("phone-country-code-not-in", StringOperator.PhoneCountryNotIn));

    internal const string ValuePath = "$.value";

    // So few are walked through faster than they are looked up.
    private const int WalkedMax = 8;

    private readonly StringOperator _positive;
    private readonly string _value;
    private readonly FrozenSet<string>? _set;
    private readonly Regex? _regex;

    /// <summary>Creates a filter.</summary>
    /// <param name="operator">How to compare.</param>
    /// <param name="values">
    /// One string to compare with; any number of them for <see cref="StringOperator.In"/>,
    /// <see cref="StringOperator.PhoneCountryIn"/> and their complements.
    /// </param>
    /// <exception cref="ArgumentException">Not exactly one string for an operator that takes one.</exception>
    /// <exception cref="DefinitionException">
    /// Not a regular expression, or one that the non-backtracking engine refuses, e.g. with a back reference.
    /// </exception>
    public StringFilter(StringOperator @operator, params ReadOnlySpan<string> values)
    {
        _positive = Positive(@operator);
        if (!TakesAnyNumber(@operator) && values.Length != 1)
        {
            throw new ArgumentException($"{@operator} takes one string, not {values.Length}.", nameof(values));
        }

        Operator = @operator;
        Values = ValueList.Create(values);
        _value = values.Length == 1 ? values[0] : "";
        _regex = _positive == StringOperator.Matches ? Expression(_value) : null;
        _set = _positive == StringOperator.In && values.Length > WalkedMax ? Values.ToFrozenSet(StringComparer.Ordinal) : null;
    }

    private StringFilter(StringOperator ofNull)
    {
        _positive = Positive(ofNull);
        Operator = ofNull;
        Values = [];
        _value = "";
        IsOfNull = true;
    }

    /// <summary>Gets how to compare.</summary>
    public StringOperator Operator { get; }

    /// <summary>Gets whether the value is compared with null and not with a string.</summary>
    public bool IsOfNull { get; }

    /// <summary>Gets the strings to compare with: any number where the operator takes it, none with null, else one.</summary>
    public ValueList<string> Values { get; }

    /// <inheritdoc/>
    public override string Words => TakesAnyNumber(Operator)
        ? $"is {Names.WordsOf(Operator)} ({string.Join(", ", Values.Select(v => $"'{v}'"))})"
        : IsOfNull ? $"{Names.WordsOf(Operator)} null" : $"{Names.WordsOf(Operator)} '{_value}'";

    /// <summary>Creates a filter that compares with null.</summary>
    /// <param name="operator">An operator that takes one string.</param>
    /// <remarks>A value that is missing equals null; nothing contains it, begins or ends with it, or matches it.</remarks>
    /// <exception cref="ArgumentException">The operator takes any number of strings.</exception>
    public static StringFilter OfNull(StringOperator @operator)
    {
        return TakesAnyNumber(@operator)
            ? throw new ArgumentException($"{@operator} takes strings, not null.", nameof(@operator))
            : new StringFilter(@operator);
    }

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context) =>
        MatchesPositive(value) == (Operator == _positive);

    /// <inheritdoc/>
    public bool Equals(StringFilter? other) =>
        other is not null && Operator == other.Operator && IsOfNull == other.IsOfNull && Values.Equals(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Operator, Values);

    internal static bool TakesAnyNumber(StringOperator op) => Positive(op) is StringOperator.In or StringOperator.PhoneCountryIn;

    private static StringOperator Positive(StringOperator op)
    {
        return op switch
        {
            StringOperator.NotEqualTo => StringOperator.EqualTo,
            StringOperator.NotContains => StringOperator.Contains,
            StringOperator.NotStartsWith => StringOperator.StartsWith,
            StringOperator.NotEndsWith => StringOperator.EndsWith,
            StringOperator.NotMatches => StringOperator.Matches,
            StringOperator.NotIn => StringOperator.In,
            StringOperator.PhoneCountryNotIn => StringOperator.PhoneCountryIn,
            _ => op,
        };
    }

    private static Regex Expression(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception refused) when (refused is ArgumentException or NotSupportedException)
        {
            throw new DefinitionException(ValuePath, $"'{pattern}' is refused: {refused.Message}");
        }
    }

    private bool MatchesPositive(PropertyValue value)
    {
        return IsOfNull
            ? value.IsNull && (_positive is StringOperator.EqualTo or StringOperator.EqualToIgnoringCase)
            : value.Kind == PropertyKind.String && MatchesPositive(value.AsString());
    }

    private bool MatchesPositive(string text)
    {
        return _positive switch
        {
            StringOperator.EqualTo => string.Equals(text, _value, StringComparison.Ordinal),
            StringOperator.Contains => text.Contains(_value, StringComparison.Ordinal),
            StringOperator.StartsWith => text.StartsWith(_value, StringComparison.Ordinal),
            StringOperator.EndsWith => text.EndsWith(_value, StringComparison.Ordinal),
            StringOperator.Matches => _regex!.IsMatch(text),
            StringOperator.In => _set?.Contains(text) ?? Values.AsSpan().Contains(text),
            StringOperator.PhoneCountryIn => Countries.OfPhoneNumber(text).Any(c => Values.Contains(c, StringComparer.OrdinalIgnoreCase)),
            StringOperator.EqualToIgnoringCase => string.Equals(text, _value, StringComparison.OrdinalIgnoreCase),
            StringOperator.ContainsIgnoringCase => text.Contains(_value, StringComparison.OrdinalIgnoreCase),
            StringOperator.StartsWithIgnoringCase => text.StartsWith(_value, StringComparison.OrdinalIgnoreCase),
            StringOperator.EndsWithIgnoringCase => text.EndsWith(_value, StringComparison.OrdinalIgnoreCase),
            _ => throw new InvalidOperationException($"Unknown operator {Operator}."),
        };
    }
}
