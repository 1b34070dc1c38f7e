namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>What is added up over all profiles.</summary>
internal enum ReportKind
{
    /// <summary>Orders and revenue of each month, by its first day.</summary>
    RevenueByMonth,

    /// <summary>Orders and revenue of each value of a property of the event.</summary>
    RevenueByCategory,
}
