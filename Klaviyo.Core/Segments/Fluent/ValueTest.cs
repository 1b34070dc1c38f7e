namespace Klaviyo;

/// <summary>The last word of a sentence about a value.</summary>
/// <typeparam name="T">The condition that it completes.</typeparam>
/// <threadsafety>Immutable.</threadsafety>
public readonly struct ValueTest<T>
    where T : Condition
{
    private readonly Func<ValueFilter, T> _complete;

    internal ValueTest(Func<ValueFilter, T> complete) => _complete = complete;

    /// <summary>Is this string, number or boolean.</summary>
    /// <exception cref="ArgumentException">Another kind of value.</exception>
    public T Is(PropertyValue value) => Passes(Same(value, negated: false));

    /// <summary>Is not this string, number or boolean; also where it is missing.</summary>
    /// <exception cref="ArgumentException">Another kind of value.</exception>
    public T IsNot(PropertyValue value) => Passes(Same(value, negated: true));

    /// <summary>Is one of these strings.</summary>
    public T IsOneOf(params ReadOnlySpan<string> values) => Passes(new StringFilter(StringOperator.In, values));

    /// <summary>Is none of these strings; also where it is missing.</summary>
    public T IsNoneOf(params ReadOnlySpan<string> values) => Passes(new StringFilter(StringOperator.NotIn, values));

    /// <summary>Has a string inside.</summary>
    public T Contains(string value) => Passes(new StringFilter(StringOperator.Contains, value));

    /// <summary>Begins with a string.</summary>
    public T StartsWith(string value) => Passes(new StringFilter(StringOperator.StartsWith, value));

    /// <summary>Ends with a string.</summary>
    public T EndsWith(string value) => Passes(new StringFilter(StringOperator.EndsWith, value));

    /// <summary>Matches a regular expression.</summary>
    /// <exception cref="DefinitionException">Not one, or one that the non-backtracking engine refuses.</exception>
    public T Matches(string expression) => Passes(new StringFilter(StringOperator.Matches, expression));

    /// <summary>Is a list with an item.</summary>
    public T HasItem(PropertyValue item) => Passes(new ListFilter(ListOperator.Contains, item));

    /// <summary>Has a value.</summary>
    public T IsSet() => Passes(new ExistenceFilter(true));

    /// <summary>Has no value.</summary>
    public T IsNotSet() => Passes(new ExistenceFilter(false));

    /// <summary>Is a greater number.</summary>
    public T MoreThan(double value) => Passes(new NumberFilter(NumberOperator.GreaterThan, value));

    /// <summary>Is a greater number or the same.</summary>
    public T AtLeast(double value) => Passes(new NumberFilter(NumberOperator.GreaterThanOrEqualTo, value));

    /// <summary>Is a smaller number.</summary>
    public T LessThan(double value) => Passes(new NumberFilter(NumberOperator.LessThan, value));

    /// <summary>Is a smaller number or the same.</summary>
    public T AtMost(double value) => Passes(new NumberFilter(NumberOperator.LessThanOrEqualTo, value));

    /// <summary>Is a number from the first to the second, both inclusive.</summary>
    public T Between(double start, double end) => Passes(NumberFilter.Between(start, end));

    /// <summary>Is a date in the last units.</summary>
    public T InTheLast(int quantity, TimeUnit unit) => Passes(new RelativeDateFilter(RelativeDateOperator.InTheLast, quantity, unit));

    /// <summary>Is a date in the next units.</summary>
    public T InTheNext(int quantity, TimeUnit unit) => Passes(new RelativeDateFilter(RelativeDateOperator.InTheNext, quantity, unit));

    /// <summary>Is a date that is so long ago, or longer.</summary>
    public T AtLeastAgo(int quantity, TimeUnit unit) => Passes(new RelativeDateFilter(RelativeDateOperator.AtLeast, quantity, unit));

    /// <summary>Is an earlier date.</summary>
    public T Before(Instant date) => Passes(new StaticDateFilter(IsAfter: false, date));

    /// <summary>Is a later date.</summary>
    public T After(Instant date) => Passes(new StaticDateFilter(IsAfter: true, date));

    /// <summary>Passes any filter.</summary>
    public T Passes(ValueFilter filter) => _complete(filter);

    private static ValueFilter Same(PropertyValue value, bool negated)
    {
        return value.Kind switch
        {
            PropertyKind.String => new StringFilter(negated ? StringOperator.NotEqualTo : StringOperator.EqualTo, value.AsString()),
            PropertyKind.Number => new NumberFilter(negated ? NumberOperator.NotEqualTo : NumberOperator.EqualTo, value.AsNumber()),
            PropertyKind.Boolean => new BooleanFilter(value.AsBoolean(), negated),
            _ => throw new ArgumentException($"A string, a number or a boolean is expected, not {value.Kind}.", nameof(value)),
        };
    }
}
