using System.Collections.Immutable;
using System.Globalization;

namespace Klaviyo;

/// <summary>A place in the order of a store: everything before it has been seen, nothing behind it.</summary>
/// <remarks>Its text form can be kept and read back; it means nothing to another store.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record StorePosition
{
    internal StorePosition(ImmutableArray<long> addresses, PositionSkip? skip = null) => (Addresses, Skip) = (addresses, skip);

    internal ImmutableArray<long> Addresses { get; }

    /// <summary>Gets how much of the next record was seen already; null for nothing.</summary>
    internal PositionSkip? Skip { get; }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a position.</exception>
    public static StorePosition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var halves = text.Split('+', 2);
        var addresses = Numbers(halves[0], text);
        if (halves.Length == 1)
        {
            return new StorePosition(addresses);
        }

        var skip = Numbers(halves[1], text);
        return skip.Length == 2 && skip[0] >= 0 && skip[0] < addresses.Length && skip[1] is > 0 and <= int.MaxValue
            ? new StorePosition(addresses, new PositionSkip((int)skip[0], (int)skip[1]))
            : throw NoPosition(text);
    }

    /// <inheritdoc/>
    public bool Equals(StorePosition? other) => other is not null && Addresses.SequenceEqual(other.Addresses) && Skip == other.Skip;

    /// <inheritdoc/>
    public override int GetHashCode() => Addresses.Aggregate(0, HashCode.Combine);

    /// <summary>Writes the text form.</summary>
    public override string ToString() =>
        string.Join('.', Addresses.Select(Text)) + (Skip is { } skip ? $"+{Text(skip.Lane)}.{Text(skip.Count)}" : "");

    /// <summary>Gets the place within the next record of a lane, behind so much of it.</summary>
    internal StorePosition Behind(int lane, int count) => new(Addresses, new PositionSkip(lane, count));

    private static string Text(long number) => number.ToString("x", CultureInfo.InvariantCulture);

    private static ImmutableArray<long> Numbers(string part, string text) =>
    [
        .. part.Split('.').Select(n =>
            long.TryParse(n, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : throw NoPosition(text)),
    ];

    private static FormatException NoPosition(string text) => new($"'{text}' is not a position.");
}

/// <summary>How much of the next record of a lane was seen already: a record may tell of many changes.</summary>
internal readonly record struct PositionSkip(int Lane, int Count);

/// <summary>An event that a subscription brings.</summary>
/// <param name="Profile">Whose it is; after a merge, the destination.</param>
/// <param name="Event">The event.</param>
/// <param name="Next">Where a later subscription goes on behind this event.</param>
public sealed record SubscribedEvent(ProfileId Profile, StoredEvent Event, StorePosition Next);
