namespace Klaviyo;

/// <summary>At most so many messages in a window that ends at the instant of sending.</summary>
/// <remarks>
/// Counted are the messages of all flows that were sent to the profile, also those that are still on their way; one that failed is
/// not. A message leaves the window at exactly its length after the instant for which it was sent.
/// </remarks>
/// <param name="Channel">The channel, e.g. <c>email</c>; null counts e-mail, texts, push and WhatsApp together.</param>
/// <param name="Count">How many. At least 1.</param>
/// <param name="Window">The window (T − length, T]: 7 days, for 3 e-mails in 7 days. At least a millisecond.</param>
/// <param name="Then">What becomes of the next one.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FrequencyCap(string? Channel, int Count, TimeSpan Window, OnLimit Then = OnLimit.Skip)
{
    internal void Validate()
    {
        if (Channel is { Length: 0 })
        {
            throw new ArgumentException("FrequencyCap.Channel: a channel has a name; null stands for all.", nameof(Channel));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1, "FrequencyCap.Count");
        ArgumentOutOfRangeException.ThrowIfLessThan(Window, TimeSpan.FromMilliseconds(1), "FrequencyCap.Window");
    }

    internal bool Covers(string channel) => Channel is null ? Array.IndexOf(MessageChannels.OfPeople, channel) >= 0 : Channel == channel;
}
