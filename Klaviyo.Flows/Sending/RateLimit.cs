namespace Klaviyo;

/// <summary>At most so many in any window of a length, wherever the window begins.</summary>
/// <remarks>
/// What is let through now is let through at once while there is room, so 100 in a minute may go in its first second; the next
/// goes a minute after the first of them.
/// </remarks>
/// <param name="Count">How many. 1 to <see cref="CountMax"/>.</param>
/// <param name="Window">The length (T − length, T]: a minute, for 100 per minute. A millisecond to <see cref="WindowMax"/>.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RateLimit(int Count, TimeSpan Window)
{
    /// <summary>The greatest count.</summary>
    public const int CountMax = 1_000_000;

    /// <summary>Gets the longest window, 31 days.</summary>
    public static TimeSpan WindowMax { get; } = TimeSpan.FromDays(31);

    internal long WindowMs => (long)Window.TotalMilliseconds;

    /// <summary>Writes it in words, e.g. <c>100 per 00:01:00</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} per {Window}");

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    internal void Validate(string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1, $"{name}.Count");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Count, CountMax, $"{name}.Count");
        ArgumentOutOfRangeException.ThrowIfLessThan(Window, TimeSpan.FromMilliseconds(1), $"{name}.Window");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Window, WindowMax, $"{name}.Window");
    }
}
