using System.Numerics;

namespace Klaviyo.Tests.Support;

/// <summary>The sum of doubles without any rounding but the last one.</summary>
/// <remarks>A decimal would not do: it takes a double in with 15 digits only, and then the reference is less exact than the answer.</remarks>
internal static class ExactSum
{
    // Every double is a whole number of these.
    private const int UnitExponent = -1074;
    private const int KeptBits = 192;

    internal static double Of(IEnumerable<double> values)
    {
        var sum = BigInteger.Zero;
        foreach (var value in values)
        {
            var bits = BitConverter.DoubleToInt64Bits(value);
            var exponent = (int)((bits >> 52) & 0x7FF);
            var mantissa = (bits & ((1L << 52) - 1)) | (exponent == 0 ? 0 : 1L << 52);
            var units = new BigInteger(mantissa) << Math.Max(0, exponent - 1);
            sum += bits < 0 ? -units : units;
        }

        // A BigInteger as large as all units of a double does not fit one, so what surely does not count goes first.
        var shift = (int)Math.Max(0, sum.GetBitLength() - KeptBits);
        return Math.ScaleB((double)(sum >> shift), shift + UnitExponent);
    }
}
