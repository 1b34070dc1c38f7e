namespace Klaviyo;

/// <summary>The instants from <see cref="First"/> to <see cref="Last"/>, both inclusive.</summary>
/// <remarks>
/// Instants are whole milliseconds, so every half-open range of the contract has exactly one inclusive form:
/// <c>(a, b]</c> is <c>[a + 1 ms, b]</c>. The range is empty when <see cref="First"/> is after <see cref="Last"/>.
/// </remarks>
/// <param name="First">The earliest instant that counts.</param>
/// <param name="Last">The latest instant that counts.</param>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct TimeRange(Instant First, Instant Last)
{
    /// <summary>Gets the range of all instants.</summary>
    public static TimeRange All => new(Instant.MinValue, Instant.MaxValue);

    /// <summary>Gets a range without any instant.</summary>
    public static TimeRange Empty => new(Instant.MaxValue, Instant.MinValue);

    /// <summary>Gets whether no instant lies in the range.</summary>
    public bool IsEmpty => First > Last;

    /// <summary>Tells whether an instant lies in the range.</summary>
    public bool Contains(Instant value) => value >= First && value <= Last;

    /// <summary>Keeps what lies in both ranges.</summary>
    public TimeRange Intersect(TimeRange other) =>
        new(First > other.First ? First : other.First, Last < other.Last ? Last : other.Last);

    /// <summary>Drops what lies after <paramref name="at"/>: at T, what is later does not exist yet.</summary>
    public TimeRange UpTo(Instant at) => Last > at ? this with { Last = at } : this;
}
