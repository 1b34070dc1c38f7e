namespace Klaviyo.Samples;

/// <summary>A consent in Klaviyo's words.</summary>
internal static class ConsentWord
{
    private static readonly Dictionary<string, ConsentStatus> Statuses = new(StringComparer.OrdinalIgnoreCase)
    {
        ["never_subscribed"] = ConsentStatus.NeverSubscribed,
        ["subscribed"] = ConsentStatus.Subscribed,
        ["unsubscribed"] = ConsentStatus.Unsubscribed,
        ["suppressed"] = ConsentStatus.Suppressed,
    };

    /// <summary>Gets every word as it is typed.</summary>
    internal static IEnumerable<string> All => Statuses.Keys;

    internal static ConsentStatus Read(string word) => Statuses[word];

    internal static string Of(ConsentStatus status) => Statuses.First(s => s.Value == status).Key.ToUpperInvariant();
}
