namespace Klaviyo.Storage.Index;

/// <summary>A number filter as two bounds: whether what is counted or added up lies between them, both inclusive, or does not.</summary>
/// <remarks>Asked for every event that is written, so there is no operator to branch on.</remarks>
internal readonly struct AmountTest
{
    private readonly double _low;
    private readonly double _high;
    private readonly bool _isNot;

    internal AmountTest(NumberFilter filter)
    {
        _low = filter.Operator switch
        {
            NumberOperator.LessThan or NumberOperator.LessThanOrEqualTo => double.NegativeInfinity,
            NumberOperator.GreaterThan => Math.BitIncrement(filter.Value),
            _ => filter.Value,
        };
        _high = filter.Operator switch
        {
            NumberOperator.GreaterThan or NumberOperator.GreaterThanOrEqualTo => double.PositiveInfinity,
            NumberOperator.LessThan => Math.BitDecrement(filter.Value),
            _ => filter.End,
        };
        _isNot = filter.Operator == NumberOperator.NotEqualTo;
        Least = (int)Math.Clamp(Math.Ceiling(_low), 0, int.MaxValue);
        More = (int)Math.Clamp(Math.Floor(_high) + 1, 0, int.MaxValue);
    }

    /// <summary>Gets how many there are at least, where it is counted.</summary>
    internal int Least { get; }

    /// <summary>Gets the number of which there are fewer, where it is counted.</summary>
    internal int More { get; }

    /// <summary>Gets the number up to which it matters how many there are.</summary>
    internal int CountMax => More < int.MaxValue ? Math.Max(Least, More) : Least;

    /// <summary>Tells whether, once it holds, it holds for every greater amount.</summary>
    internal bool StaysTrue(bool isCount) => _isNot ? HasNoLow(isCount) : HasNoHigh(isCount);

    /// <summary>Tells whether, once it does not hold, it holds for no greater amount.</summary>
    internal bool StaysFalse(bool isCount) => _isNot ? HasNoHigh(isCount) : HasNoLow(isCount);

    internal bool Holds(double amount) => (amount >= _low && amount <= _high) != _isNot;

    /// <summary>Tells from whether there are so many, and fewer than so many.</summary>
    internal bool Holds(bool isLeast, bool isFewer) => (isLeast && isFewer) != _isNot;

    private bool HasNoLow(bool isCount) => isCount ? Least == 0 : double.IsNegativeInfinity(_low);

    private bool HasNoHigh(bool isCount) => isCount ? More == int.MaxValue : double.IsPositiveInfinity(_high);
}
