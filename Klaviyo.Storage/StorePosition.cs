using System.Collections.Immutable;
using System.Globalization;

namespace Klaviyo;

/// <summary>A place in the order of a store: everything before it has been seen, nothing behind it.</summary>
/// <remarks>Its text form can be kept and read back; it means nothing to another store.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record StorePosition
{
    internal StorePosition(ImmutableArray<long> addresses) => Addresses = addresses;

    internal ImmutableArray<long> Addresses { get; }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a position.</exception>
    public static StorePosition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var addresses = ImmutableArray.CreateBuilder<long>();
        foreach (var part in text.Split('.'))
        {
            addresses.Add(long.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
                ? address
                : throw new FormatException($"'{text}' is not a position."));
        }

        return new StorePosition(addresses.ToImmutable());
    }

    /// <inheritdoc/>
    public bool Equals(StorePosition? other) => other is not null && Addresses.SequenceEqual(other.Addresses);

    /// <inheritdoc/>
    public override int GetHashCode() => Addresses.Aggregate(0, HashCode.Combine);

    /// <summary>Writes the text form.</summary>
    public override string ToString() =>
        string.Join('.', Addresses.Select(a => a.ToString("x", CultureInfo.InvariantCulture)));
}

/// <summary>An event that a subscription brings.</summary>
/// <param name="Profile">Whose it is; after a merge, the destination.</param>
/// <param name="Event">The event.</param>
/// <param name="Next">Where a later subscription goes on behind this event.</param>
public sealed record SubscribedEvent(ProfileId Profile, StoredEvent Event, StorePosition Next);
