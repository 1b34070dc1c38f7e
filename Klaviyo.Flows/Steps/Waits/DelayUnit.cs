namespace Klaviyo;

/// <summary>The units of a time delay.</summary>
public enum DelayUnit
{
    /// <summary>24 hours.</summary>
    Days,

    /// <summary>60 minutes.</summary>
    Hours,

    /// <summary>60 seconds.</summary>
    Minutes,
}
