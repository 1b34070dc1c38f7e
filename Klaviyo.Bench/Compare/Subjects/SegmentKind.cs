namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>Segments that are evaluated over all profiles.</summary>
internal enum SegmentKind
{
    /// <summary>At least three orders in the last 30 days.</summary>
    FrequentBuyers,

    /// <summary>Viewed a product in the last 7 days, and ordered nothing in the last 30.</summary>
    Browsers,

    /// <summary>Orders from Paris of more than 500 in all, over all time.</summary>
    SpentInParis,
}
