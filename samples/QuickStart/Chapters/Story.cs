using Klaviyo;

namespace QuickStart.Chapters;

/// <summary>What the chapters are about.</summary>
internal sealed record Story
{
    /// <summary>Gets the metric of a purchase.</summary>
    internal required string Metric { get; init; }

    /// <summary>Gets what one event of the metric is, in the plural.</summary>
    internal required string Things { get; init; }

    internal required string Currency { get; init; }

    /// <summary>Gets the customer whose totals are shown.</summary>
    internal required Identifier Customer { get; init; }

    internal required string SegmentName { get; init; }

    internal required string SegmentFile { get; init; }

    internal required string FlowFile { get; init; }

    internal required Instant From { get; init; }

    internal required Instant Until { get; init; }

    internal string Money(double amount) => $"{Currency}{amount:N0}";
}
