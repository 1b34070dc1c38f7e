namespace Klaviyo.Storage.Log;

/// <summary>A place in the log of one lane: bytes since the lane began, over all its segments. Never reused.</summary>
internal readonly record struct LogAddress(long Value)
{
    public static bool operator <(LogAddress left, LogAddress right) => left.Value < right.Value;

    public static bool operator >(LogAddress left, LogAddress right) => left.Value > right.Value;

    public static bool operator <=(LogAddress left, LogAddress right) => left.Value <= right.Value;

    public static bool operator >=(LogAddress left, LogAddress right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
