namespace Klaviyo;

/// <summary>An account or custom object as it was at an instant.</summary>
/// <param name="Id">The internal id.</param>
/// <param name="Type">Its type, e.g. <c>account</c>.</param>
/// <param name="Key">Its id within the type.</param>
/// <param name="Created">The earliest time of anything written to it.</param>
/// <param name="Properties">The properties that had a value, by name.</param>
/// <param name="Metrics">What happened to it, by metric.</param>
public sealed record CustomerObject(
    ProfileId Id,
    string Type,
    string Key,
    Instant Created,
    PropertyMap Properties,
    IReadOnlyDictionary<string, MetricTotals> Metrics);
