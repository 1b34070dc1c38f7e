namespace Klaviyo;

// A sum with Neumaier's compensation (A. Neumaier, ZAMM 54, 1974): the rounding error of every addition is kept and added
// at the end, so that the result is as good as if it had been summed in twice the precision.
internal struct CompensatedSum
{
    private double _sum;
    private double _lost;

    // A sum beyond what a double holds stays at its end: infinity is no property value.
    internal readonly double Value => double.IsFinite(_sum + _lost)
        ? _sum + _lost
        : double.IsNegative(_sum) ? double.MinValue : double.MaxValue;

    internal void Add(double value)
    {
        var sum = _sum + value;
        _lost += Math.Abs(_sum) >= Math.Abs(value) ? _sum - sum + value : value - sum + _sum;
        _sum = sum;
    }
}
