namespace Klaviyo.Storage.Import;

/// <summary>The fields of one Segment message that mean something here; null where they were not sent.</summary>
internal struct SegmentMessage
{
    internal string? Type;
    internal string? Event;
    internal string? UserId;
    internal string? AnonymousId;
    internal string? PreviousId;
    internal string? GroupId;
    internal string? MessageId;
    internal string? Name;
    internal string? Category;
    internal Instant? Timestamp;
    internal Instant? OriginalTimestamp;
    internal PropertyMap? Properties;
    internal PropertyMap? Traits;
    internal PropertyMap? Context;

    /// <summary>Where the messages of a batch body begin; null in a message.</summary>
    internal long? BatchStart;

    internal readonly Instant? Time => Timestamp ?? OriginalTimestamp;
}
