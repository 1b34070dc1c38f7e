namespace Klaviyo;

/// <summary>That a profile and an account or custom object belong together, for a time.</summary>
/// <param name="Name">As what, e.g. <c>member</c>.</param>
/// <param name="OtherId">The other side's internal id.</param>
/// <param name="Other">The other side's strongest identifier.</param>
/// <param name="Since">From when on.</param>
/// <param name="Until">Until when, not included; null where it has not ended.</param>
public sealed record Relation(string Name, ProfileId OtherId, Identifier Other, Instant Since, Instant? Until);
