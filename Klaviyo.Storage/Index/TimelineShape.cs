namespace Klaviyo.Storage.Index;

/// <summary>How wide the columns of a timeline are: as narrow as all of its rows allow.</summary>
/// <remarks>
/// Depends on the rows alone, so equal timelines have equal shapes. Addresses always take 5 bytes (multiples of 4 below
/// 4 TiB), hashes of unique ids 4.
/// </remarks>
/// <param name="Time">6 bytes up to the year 8900 and 8 beyond.</param>
/// <param name="Value">4 bytes while every value is a number of hundredths below 21 million, or none; else 8.</param>
/// <param name="Metric">1, 2 or 4 bytes, by the largest code.</param>
internal readonly record struct TimelineShape(byte Time, byte Value, byte Metric)
{
    internal const int AddressBytes = 5;
    internal const int UniqueIdBytes = 4;
    private const long TimeMax = (1L << 48) - 1;

    internal static TimelineShape Narrowest => new(6, 4, 1);

    /// <summary>Gets whether columns can be so wide.</summary>
    internal bool IsPossible => Time is 6 or 8 && Value is 4 or 8 && Metric is 1 or 2 or 4;

    internal int RowBytes => Time + AddressBytes + UniqueIdBytes + Value + Metric;

    internal int AddressOffset => Time;

    internal int UniqueIdOffset => Time + AddressBytes;

    internal int ValueOffset => Time + AddressBytes + UniqueIdBytes;

    internal int MetricOffset => ValueOffset + Value;

    /// <summary>Gets the narrowest shape that also holds a row.</summary>
    internal TimelineShape With(in TimelineRow row)
    {
        return new TimelineShape(
            FromTime(row.TimeMs) > TimeMax ? (byte)8 : Time,
            Value == 4 && !TryToHundredths(row.Value, out _) ? (byte)8 : Value,
            Math.Max(Metric, row.Metric switch { <= byte.MaxValue => (byte)1, <= ushort.MaxValue => (byte)2, _ => (byte)4 }));
    }

    /// <summary>Counts from the first instant there is, so that no time is negative.</summary>
    internal static long FromTime(long timeMs) => timeMs - Instant.MinValue.UnixMs;

    internal static long ToTime(long stored) => stored + Instant.MinValue.UnixMs;

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
}
