namespace Klaviyo.Storage.Index;

/// <summary>How wide the columns of a timeline are: as narrow as all of its rows allow.</summary>
/// <remarks>Depends on the rows alone, so equal timelines have equal shapes. Hashes of unique ids always take 4 bytes.</remarks>
/// <param name="Time">5 bytes from 2006 to 2040, 6 up to the year 8900, and 8 beyond.</param>
/// <param name="Address">4 bytes below 16 GiB, for addresses are multiples of 4; else 5, up to 4 TiB.</param>
/// <param name="Value">4 bytes while every value is a number of hundredths below 21 million, or none; else 8.</param>
/// <param name="Metric">1, 2 or 4 bytes, by the largest code.</param>
internal readonly record struct TimelineShape(byte Time, byte Address, byte Value, byte Metric)
{
    internal const int UniqueIdBytes = 4;
    internal const int AddressShift = 2;

    /// <summary>How wide values are while all of them are hundredths.</summary>
    internal const byte HundredthsBytes = 4;

    // 2006-01-01.
    private const long FirstOfFive = 1_136_073_600_000;
    private const long FiveMax = (1L << 40) - 1;
    private const long SixMax = (1L << 48) - 1;

    internal static TimelineShape Narrowest => new(5, 4, 4, 1);

    /// <summary>Gets whether columns can be so wide.</summary>
    internal bool IsPossible => Time is 5 or 6 or 8 && Address is 4 or 5 && Value is 4 or 8 && Metric is 1 or 2 or 4;

    internal int RowBytes => Time + Address + UniqueIdBytes + Value + Metric;

    internal int AddressOffset => Time;

    internal int UniqueIdOffset => Time + Address;

    internal int ValueOffset => Time + Address + UniqueIdBytes;

    internal int MetricOffset => ValueOffset + Value;

    /// <summary>Gets the narrowest shape that also holds a row.</summary>
    internal TimelineShape With(in TimelineRow row)
    {
        return new TimelineShape(
            Math.Max(Time, TimeBytes(row.TimeMs)),
            row.Address >> AddressShift > uint.MaxValue ? (byte)5 : Address,
            Value == 4 && !TryToHundredths(row.Value, out _) ? (byte)8 : Value,
            Math.Max(Metric, row.Metric switch { <= byte.MaxValue => (byte)1, <= ushort.MaxValue => (byte)2, _ => (byte)4 }));
    }

    /// <summary>Gets a time as it is stored: counted from where the width begins, so that it is not negative.</summary>
    internal long FromTime(long timeMs) => timeMs - (Time == 5 ? FirstOfFive : Instant.MinValue.UnixMs);

    /// <summary>Gets the time that is stored in the first bytes of a number.</summary>
    internal long ToTime(long stored)
    {
        return Time switch
        {
            5 => (stored & FiveMax) + FirstOfFive,
            6 => (stored & SixMax) + Instant.MinValue.UnixMs,
            _ => stored + Instant.MinValue.UnixMs,
        };
    }

    /// <summary>Turns a value into hundredths if that gives exactly the value back; none becomes the lowest number.</summary>
    internal static bool TryToHundredths(double value, out int hundredths)
    {
        if (double.IsNaN(value))
        {
            hundredths = int.MinValue;
            return true;
        }

        var scaled = Math.Round(value * 100);
        hundredths = Math.Abs(scaled) < int.MaxValue ? (int)scaled : 0;
        return BitConverter.DoubleToInt64Bits(hundredths / 100.0) == BitConverter.DoubleToInt64Bits(value);
    }

    internal static double FromHundredths(int hundredths) => hundredths == int.MinValue ? double.NaN : hundredths / 100.0;

    private static byte TimeBytes(long timeMs)
    {
        return timeMs - FirstOfFive is >= 0 and <= FiveMax ? (byte)5
            : timeMs - Instant.MinValue.UnixMs <= SixMax ? (byte)6
            : (byte)8;
    }
}
