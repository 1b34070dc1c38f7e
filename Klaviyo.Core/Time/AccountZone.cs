namespace Klaviyo;

/// <summary>The time zone that decides calendar days, weeks, months and years.</summary>
/// <remarks>Equal when the IANA name is.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record AccountZone
{
    private readonly TimeZoneInfo _zone;

    private AccountZone(string name, TimeZoneInfo zone)
    {
        Name = name;
        _zone = zone;
    }

    /// <summary>Gets UTC, the default.</summary>
    public static AccountZone Utc { get; } = new("UTC", TimeZoneInfo.Utc);

    /// <summary>Gets the IANA name, e.g. <c>America/New_York</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the zone of an IANA name.</summary>
    /// <exception cref="ArgumentException">There is no such zone on this machine.</exception>
    public static AccountZone Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            ? new AccountZone(name, zone)
            : throw new ArgumentException($"'{name}' is not a time zone known here, e.g. America/New_York.", nameof(name));
    }

    /// <summary>Converts an instant to local wall time.</summary>
    public DateTime ToLocal(Instant instant) => TimeZoneInfo.ConvertTimeFromUtc(instant.ToDateTimeOffset().UtcDateTime, _zone);

    /// <inheritdoc/>
    public bool Equals(AccountZone? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Name, StringComparison.Ordinal);

    /// <summary>Writes the IANA name.</summary>
    public override string ToString() => Name;
}
