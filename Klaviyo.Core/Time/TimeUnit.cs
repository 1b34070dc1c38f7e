namespace Klaviyo;

/// <summary>The units in which windows and delays are given.</summary>
public enum TimeUnit
{
    /// <summary>1000 milliseconds; our addition.</summary>
    Second,

    /// <summary>60 seconds.</summary>
    Minute,

    /// <summary>60 minutes.</summary>
    Hour,

    /// <summary>24 hours, also where the local day is longer or shorter.</summary>
    Day,

    /// <summary>7 times 24 hours.</summary>
    Week,

    /// <summary>A calendar step in the account's zone: the same day of another month, or its last day.</summary>
    Month,

    /// <summary>A calendar step in the account's zone: the same day of another year; 29 Feb becomes 28 Feb.</summary>
    Year,
}
