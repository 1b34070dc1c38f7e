using System.Globalization;

namespace Klaviyo;

/// <summary>The operators of number filters.</summary>
public enum NumberOperator
{
    /// <summary>The same number.</summary>
    EqualTo,

    /// <summary>The complement of <see cref="EqualTo"/>: also where there is no number.</summary>
    NotEqualTo,

    /// <summary>A greater number.</summary>
    GreaterThan,

    /// <summary>A greater number or the same.</summary>
    GreaterThanOrEqualTo,

    /// <summary>A smaller number.</summary>
    LessThan,

    /// <summary>A smaller number or the same.</summary>
    LessThanOrEqualTo,

    /// <summary>A number from the first to the second, both inclusive.</summary>
    Between,
}

/// <summary>Compares a number.</summary>
/// <remarks>Only a number matches; <see cref="NumberOperator.NotEqualTo"/> matches everything else too.</remarks>
public sealed record NumberFilter : ValueFilter
{
    internal static readonly OperatorNames<NumberOperator> Names = new(
        ("equals", NumberOperator.EqualTo),
        ("not-equals", NumberOperator.NotEqualTo),
        ("greater-than", NumberOperator.GreaterThan),
        ("greater-than-or-equal", NumberOperator.GreaterThanOrEqualTo),
        ("less-than", NumberOperator.LessThan),
        ("less-than-or-equal", NumberOperator.LessThanOrEqualTo),
        ("between", NumberOperator.Between));

    /// <summary>Creates a filter with one number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite, or <see cref="NumberOperator.Between"/>.</exception>
    public NumberFilter(NumberOperator @operator, double value)
        : this(@operator, value, value)
    {
        if (@operator == NumberOperator.Between)
        {
            throw new ArgumentOutOfRangeException(nameof(@operator), @operator, "'between' takes two numbers.");
        }
    }

    private NumberFilter(NumberOperator @operator, double value, double end)
    {
        if (!double.IsFinite(value) || !double.IsFinite(end))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "A number must be finite.");
        }

        Operator = @operator;
        Value = value;
        End = end;
    }

    /// <summary>Gets how to compare.</summary>
    public NumberOperator Operator { get; }

    /// <summary>Gets the number to compare with; the first of two.</summary>
    public double Value { get; }

    /// <summary>Gets the second number of <see cref="NumberOperator.Between"/>; otherwise the same as the first.</summary>
    public double End { get; }

    /// <inheritdoc/>
    public override string Words => Operator switch
    {
        NumberOperator.Between => $"is between {Text(Value)} and {Text(End)}",
        NumberOperator.EqualTo => $"equals {Text(Value)}",
        NumberOperator.NotEqualTo => $"does not equal {Text(Value)}",
        _ => $"is {Names.WordsOf(Operator)} {Text(Value)}",
    };

    /// <summary>Creates the filter for a number from <paramref name="start"/> to <paramref name="end"/>, both inclusive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite.</exception>
    public static NumberFilter Between(double start, double end) => new(NumberOperator.Between, start, end);

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context) =>
        value.Kind == PropertyKind.Number ? Matches(value.AsNumber()) : Operator == NumberOperator.NotEqualTo;

    /// <summary>Tells whether a number matches.</summary>
    public bool Matches(double number)
    {
        return Operator switch
        {
            NumberOperator.EqualTo => number == Value,
            NumberOperator.NotEqualTo => number != Value,
            NumberOperator.GreaterThan => number > Value,
            NumberOperator.GreaterThanOrEqualTo => number >= Value,
            NumberOperator.LessThan => number < Value,
            NumberOperator.LessThanOrEqualTo => number <= Value,
            NumberOperator.Between => number >= Value && number <= End,
            _ => throw new InvalidOperationException($"Unknown operator {Operator}."),
        };
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
