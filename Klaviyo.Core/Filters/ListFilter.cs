using System.Collections.Frozen;

namespace Klaviyo;

/// <summary>The operators of list filters.</summary>
public enum ListOperator
{
    /// <summary>A list with the given item.</summary>
    Contains,

    /// <summary>The complement of <see cref="Contains"/>.</summary>
    NotContains,

    /// <summary>A list with all of the given items.</summary>
    ContainsAll,

    /// <summary>The complement of <see cref="ContainsAll"/>.</summary>
    NotContainsAll,

    /// <summary>A list with any of the given items.</summary>
    ContainsAny,

    /// <summary>The complement of <see cref="ContainsAny"/>.</summary>
    NotContainsAny,

    /// <summary>A list with a string that has the given one inside.</summary>
    ContainsSubstring,

    /// <summary>The complement of <see cref="ContainsSubstring"/>.</summary>
    NotContainsSubstring,

    /// <summary>A list of so many items.</summary>
    LengthEqualTo,

    /// <summary>A list of more items.</summary>
    LengthGreaterThan,

    /// <summary>A list of so many items or more.</summary>
    LengthGreaterThanOrEqualTo,

    /// <summary>A list of fewer items.</summary>
    LengthLessThan,

    /// <summary>A list of so many items or fewer.</summary>
    LengthLessThanOrEqualTo,
}

/// <summary>Looks into a list.</summary>
/// <remarks>Only a list matches a positive operator or a length; a negative operator matches everything else too.</remarks>
public sealed record ListFilter : ValueFilter
{
    internal static readonly OperatorNames<ListOperator> Names = new(
        ("contains", ListOperator.Contains),
        ("not-contains", ListOperator.NotContains),
        ("contains-all", ListOperator.ContainsAll),
        ("not-contains-all", ListOperator.NotContainsAll),
        ("contains-any", ListOperator.ContainsAny),
        ("not-contains-any", ListOperator.NotContainsAny),
        ("contains-substring", ListOperator.ContainsSubstring),
        ("not-contains-substring", ListOperator.NotContainsSubstring),
        ("length-equals", ListOperator.LengthEqualTo),
        ("length-greater-than", ListOperator.LengthGreaterThan),
        ("length-greater-than-or-equal", ListOperator.LengthGreaterThanOrEqualTo),
        ("length-less-than", ListOperator.LengthLessThan),
        ("length-less-than-or-equal", ListOperator.LengthLessThanOrEqualTo));

    // So few are walked through faster than they are looked up.
    private const int WalkedMax = 8;

    private readonly ListOperator _positive;
    private readonly FrozenSet<PropertyValue>? _set;

    /// <summary>Creates a filter.</summary>
    /// <param name="operator">How to look.</param>
    /// <param name="values">
    /// The items to look for: any number for the operators with all and any, otherwise one, which is a string for
    /// substrings (or null, which is in none) and a whole number for lengths.
    /// </param>
    /// <exception cref="ArgumentException">The values are not what the operator takes.</exception>
    public ListFilter(ListOperator @operator, params ReadOnlySpan<PropertyValue> values)
    {
        _positive = Positive(@operator);
        if (!TakesAnyNumber(@operator) && values.Length != 1)
        {
            throw new ArgumentException($"{@operator} takes one value, not {values.Length}.", nameof(values));
        }

        Operator = @operator;
        Values = ValueList.Create(values);
        if (KindTaken is { } kind && values[0].Kind != kind && !(kind == PropertyKind.String && values[0].IsNull))
        {
            throw new ArgumentException($"{@operator} takes a {kind}, not {values[0].Kind}.", nameof(values));
        }

        _set = Values.Count > WalkedMax ? Values.ToFrozenSet() : null;
    }

    /// <summary>Gets how to look.</summary>
    public ListOperator Operator { get; }

    /// <summary>Gets the items to look for, the substring or the length.</summary>
    public ValueList<PropertyValue> Values { get; }

    /// <inheritdoc/>
    public override string Words => $"{Names.WordsOf(Operator)} {string.Join(", ", Values)}";

    private PropertyKind? KindTaken => _positive switch
    {
        ListOperator.ContainsSubstring => PropertyKind.String,
        >= ListOperator.LengthEqualTo => PropertyKind.Number,
        _ => null,
    };

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context) =>
        (value.Kind == PropertyKind.List && MatchesPositive(value.AsList())) == (Operator == _positive);

    internal static bool TakesAnyNumber(ListOperator op) => Positive(op) is ListOperator.ContainsAll or ListOperator.ContainsAny;

    /// <inheritdoc/>
    public bool Equals(ListFilter? other) => other is not null && Operator == other.Operator && Values.Equals(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Operator, Values);

    private static ListOperator Positive(ListOperator op)
    {
        return op switch
        {
            ListOperator.NotContains => ListOperator.Contains,
            ListOperator.NotContainsAll => ListOperator.ContainsAll,
            ListOperator.NotContainsAny => ListOperator.ContainsAny,
            ListOperator.NotContainsSubstring => ListOperator.ContainsSubstring,
            _ => op,
        };
    }

    private bool MatchesPositive(IReadOnlyList<PropertyValue> list)
    {
        return _positive switch
        {
            ListOperator.Contains => list.Contains(Values[0]),
            ListOperator.ContainsAll when _set is not null => list.Distinct().Count(_set.Contains) == _set.Count,
            ListOperator.ContainsAll => Values.All(list.Contains),
            ListOperator.ContainsAny when _set is not null => list.Any(_set.Contains),
            ListOperator.ContainsAny => Values.Any(list.Contains),
            ListOperator.ContainsSubstring => list.Any(HasSubstring),
            ListOperator.LengthEqualTo => list.Count == Values[0].AsNumber(),
            ListOperator.LengthGreaterThan => list.Count > Values[0].AsNumber(),
            ListOperator.LengthGreaterThanOrEqualTo => list.Count >= Values[0].AsNumber(),
            ListOperator.LengthLessThan => list.Count < Values[0].AsNumber(),
            ListOperator.LengthLessThanOrEqualTo => list.Count <= Values[0].AsNumber(),
            _ => throw new InvalidOperationException($"Unknown operator {Operator}."),
        };
    }

    private bool HasSubstring(PropertyValue item) =>
        item.Kind == PropertyKind.String && !Values[0].IsNull && item.AsString().Contains(Values[0].AsString(), StringComparison.Ordinal);
}
