namespace Klaviyo;

/// <summary>The last word of a sentence about a number.</summary>
/// <typeparam name="T">The condition that it completes.</typeparam>
/// <threadsafety>Immutable.</threadsafety>
public readonly struct NumberTest<T>
    where T : Condition
{
    private readonly Func<NumberFilter, T> _complete;

    internal NumberTest(Func<NumberFilter, T> complete) => _complete = complete;

    /// <summary>Is this number.</summary>
    public T Exactly(double value) => Passes(new NumberFilter(NumberOperator.EqualTo, value));

    /// <summary>Is greater.</summary>
    public T MoreThan(double value) => Passes(new NumberFilter(NumberOperator.GreaterThan, value));

    /// <summary>Is greater or the same.</summary>
    public T AtLeast(double value) => Passes(new NumberFilter(NumberOperator.GreaterThanOrEqualTo, value));

    /// <summary>Is smaller.</summary>
    public T LessThan(double value) => Passes(new NumberFilter(NumberOperator.LessThan, value));

    /// <summary>Is smaller or the same.</summary>
    public T AtMost(double value) => Passes(new NumberFilter(NumberOperator.LessThanOrEqualTo, value));

    /// <summary>Is from the first to the second, both inclusive.</summary>
    public T Between(double start, double end) => Passes(NumberFilter.Between(start, end));

    /// <summary>Passes any filter.</summary>
    public T Passes(NumberFilter filter) => _complete(filter);
}
