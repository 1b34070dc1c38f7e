namespace Klaviyo.Storage.Import;

/// <summary>The attributes of one event of Klaviyo's API; null where they were not sent.</summary>
internal struct KlaviyoEvent
{
    internal string? Metric;
    internal Instant? Time;
    internal double? Value;
    internal string? Currency;
    internal string? UniqueId;
    internal bool Backfill;
    internal PropertyMap? Properties;
}
