namespace Klaviyo;

/// <summary>One number of a report.</summary>
public enum ReportMeasure
{
    /// <summary>How many events.</summary>
    Count,

    /// <summary>The sum of their values.</summary>
    Sum,

    /// <summary>How many profiles did them; merged profiles are one.</summary>
    Unique,
}
