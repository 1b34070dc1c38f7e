using System.Runtime.CompilerServices;

namespace Klaviyo;

// A sum with Neumaier's compensation (A. Neumaier, ZAMM 54, 1974): the rounding error of every addition is kept and added
// at the end, so that the result is as good as if it had been summed in twice the precision. What is more than a double holds
// on the way is carried in units of 2^1023, so that it may come back.
internal struct CompensatedSum
{
    // Taking it from a double of at least its size is exact, and the half of what is too large for a double is that large.
    private const double Unit = 8.98846567431158e307;

    private double _sum;
    private double _lost;
    private long _carry;

    // A sum beyond what a double holds stays at its end: infinity is no property value.
    internal readonly double Value
    {
        get
        {
            if (_carry != 0)
            {
                return CarriedValue(_sum, _lost, _carry);
            }

            var value = _sum + _lost;
            return double.IsFinite(value) ? value : End(_sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(double value)
    {
        var sum = _sum + value;
        if (double.IsFinite(sum))
        {
            Add(value, sum);
        }
        else
        {
            Carry(value);
        }
    }

    internal void Add(in CompensatedSum other)
    {
        Add(other._sum);
        Add(other._lost);
        _carry += other._carry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(double value, double sum)
    {
        _lost += Math.Abs(_sum) >= Math.Abs(value) ? _sum - sum + value : value - sum + _sum;
        _sum = sum;
    }

    // Not inlined, so that the loop around an addition stays small.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Carry(double value)
    {
        var (ofSum, ofValue) = (Units(_sum), Units(value));
        _carry += ofSum + ofValue;
        _sum -= ofSum * Unit;
        value -= ofValue * Unit;
        Add(value, _sum + value);
    }

    private static int Units(double value) => Math.Abs(value) >= Unit ? Math.Sign(value) : 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double CarriedValue(double sum, double lost, long carry)
    {
        // What was lost comes first: what is left of it then is less than the sum's last digit.
        var total = new CompensatedSum { _sum = sum, _carry = carry };
        total.Add(lost);
        while (total._carry != 0 && double.IsFinite(total._sum + (Math.Sign(total._carry) * Unit)))
        {
            var one = Math.Sign(total._carry);
            total._carry -= one;
            total.Add(one * Unit);
        }

        return total._carry == 0 ? total.Value : End(total._carry);
    }

    private static double End(double sign) => double.IsNegative(sign) ? double.MinValue : double.MaxValue;
}
