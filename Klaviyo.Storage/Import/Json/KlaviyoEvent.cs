namespace Klaviyo.Storage.Import;

/// <summary>The attributes of one event of Klaviyo's API; null where they were not sent.</summary>
internal struct KlaviyoEvent
{
    internal string? Metric { get; set; }

    internal Instant? Time { get; set; }

    internal double? Value { get; set; }

    internal string? Currency { get; set; }

    internal string? UniqueId { get; set; }

    internal bool Backfill { get; set; }

    internal PropertyMap? Properties { get; set; }
}
