namespace Klaviyo.Storage.Import;

/// <summary>The fields of one Segment message that mean something here; null where they were not sent.</summary>
internal struct SegmentMessage
{
    internal string? Type { get; set; }

    internal string? Event { get; set; }

    internal string? UserId { get; set; }

    internal string? AnonymousId { get; set; }

    internal string? PreviousId { get; set; }

    internal string? GroupId { get; set; }

    internal string? MessageId { get; set; }

    internal string? Name { get; set; }

    internal string? Category { get; set; }

    internal Instant? Timestamp { get; set; }

    internal Instant? OriginalTimestamp { get; set; }

    internal PropertyMap? Properties { get; set; }

    internal PropertyMap? Traits { get; set; }

    internal PropertyMap? Context { get; set; }

    /// <summary>Gets or sets where the messages of a batch body begin; null in a message.</summary>
    internal long? BatchStart { get; set; }

    internal readonly Instant? Time => Timestamp ?? OriginalTimestamp;
}
