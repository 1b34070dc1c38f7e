namespace Klaviyo;

/// <summary>stub</summary>
public sealed class CustomerPlatformOptions
{
    /// <summary>Gets templates.</summary>
    public IReadOnlyDictionary<string, string> Templates { get; init; } = new Dictionary<string, string>();
    /// <summary>Retry.</summary>
    public int Retry { get; init; }
}
