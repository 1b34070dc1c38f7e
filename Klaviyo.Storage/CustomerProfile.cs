namespace Klaviyo;

/// <summary>A profile as it was at an instant.</summary>
/// <param name="Id">The internal id.</param>
/// <param name="Identifiers">Every identifier, the strongest kinds first, those of merged profiles among them.</param>
/// <param name="Created">The earliest time of anything written to it.</param>
/// <param name="Properties">The properties that had a value, by name.</param>
/// <param name="Consents">The last consent for each channel.</param>
/// <param name="Lists">The lists that it was on, with the instant at which it was put there.</param>
/// <param name="Segments">The defined segments that it was a member of.</param>
/// <param name="Metrics">What it did, by metric.</param>
public sealed record CustomerProfile(
    ProfileId Id,
    IReadOnlyList<Identifier> Identifiers,
    Instant Created,
    PropertyMap Properties,
    IReadOnlyList<Consent> Consents,
    IReadOnlyDictionary<string, Instant> Lists,
    IReadOnlyList<string> Segments,
    IReadOnlyDictionary<string, MetricTotals> Metrics);

/// <summary>What a profile did of one metric.</summary>
/// <param name="Count">How often.</param>
/// <param name="Sum">The sum of the values; 0 where none was given.</param>
/// <param name="First">When for the first time.</param>
/// <param name="Last">When for the last time.</param>
public sealed record MetricTotals(long Count, double Sum, Instant First, Instant Last);

/// <summary>Who a profile is, in short.</summary>
/// <param name="Id">The internal id.</param>
/// <param name="ExternalId">The id in the host's system, where there is one.</param>
/// <param name="Email">The e-mail address, where there is one.</param>
public sealed record ProfileSummary(ProfileId Id, string? ExternalId, string? Email);
