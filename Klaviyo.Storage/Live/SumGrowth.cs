namespace Klaviyo.Storage.Live;

/// <summary>What one more event does to a sum.</summary>
internal enum SumGrowth
{
    /// <summary>Nothing: it has no value.</summary>
    None,

    /// <summary>It is no less than before.</summary>
    Up,

    /// <summary>Anything.</summary>
    Unknown,
}
