namespace Klaviyo;

/// <summary>What a profile said, at an instant, about being written to on one channel.</summary>
/// <param name="Channel">The channel: <c>email</c>, <c>sms</c>, <c>push</c>, or another.</param>
/// <param name="Status">What was said.</param>
/// <param name="Time">When it was said.</param>
/// <param name="Method">How it was given, e.g. <c>form</c>, <c>api</c>, <c>preference_page</c>; may be empty.</param>
public sealed record Consent(string Channel, ConsentStatus Status, Instant Time, string Method = "");

/// <summary>What a profile said about a channel.</summary>
public enum ConsentStatus
{
    /// <summary>Nothing was ever said.</summary>
    NeverSubscribed,

    /// <summary>Agreed to be written to.</summary>
    Subscribed,

    /// <summary>Declined.</summary>
    Unsubscribed,

    /// <summary>Must not be written to, e.g. after a hard bounce or a complaint.</summary>
    Suppressed,
}
