namespace Klaviyo;

/// <summary>What is made of many events.</summary>
public enum MeasureKind
{
    /// <summary>How many events.</summary>
    Count,

    /// <summary>The sum of the numbers; 0 where there is none.</summary>
    Sum,

    /// <summary>The smallest number; null where there is none.</summary>
    Min,

    /// <summary>The greatest number; null where there is none.</summary>
    Max,

    /// <summary>The mean of the numbers; null where there is none.</summary>
    Average,

    /// <summary>The value of the earliest event that has one, by time, then arrival; null where there is none.</summary>
    First,

    /// <summary>The value of the latest event that has one, by time, then arrival; null where there is none.</summary>
    Last,

    /// <summary>How many different values.</summary>
    Distinct,
}
