namespace Klaviyo.Channels;

/// <summary>What may become of one attempt to deliver a message.</summary>
public enum ChannelOutcome
{
    /// <summary>It was not delivered, and repeating the attempt helps nothing.</summary>
    Failed,

    /// <summary>It was delivered, or handed to someone who will.</summary>
    Delivered,

    /// <summary>It was not delivered, and may be later.</summary>
    Retry,
}
