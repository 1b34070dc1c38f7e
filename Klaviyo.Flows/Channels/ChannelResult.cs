namespace Klaviyo.Channels;

/// <summary>What became of one attempt to deliver a message.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ChannelResult
{
    private ChannelResult(ChannelOutcome outcome, TimeSpan? after, string reason)
    {
        Outcome = outcome;
        After = after;
        Reason = reason;
    }

    /// <summary>Gets the result of a message that was delivered.</summary>
    public static ChannelResult Delivered { get; } = new(ChannelOutcome.Delivered, null, "");

    /// <summary>Gets what became of the attempt.</summary>
    public ChannelOutcome Outcome { get; }

    /// <summary>Gets how long the receiver asked to wait before the next attempt.</summary>
    /// <value>Null leaves it to <see cref="CustomerPlatformOptions.Retry"/>.</value>
    public TimeSpan? After { get; }

    /// <summary>Gets why it was not delivered; empty where it was.</summary>
    public string Reason { get; }

    /// <summary>Gets by what the receiver knows the message, e.g. Twilio's <c>sid</c>; empty where it does not say.</summary>
    public string ProviderId { get; private init; } = "";

    /// <summary>Gets whether the receiver says that there is no such address, and never will be.</summary>
    public bool IsBounce { get; private init; }

    /// <summary>Makes the result of a message that was delivered, or handed to someone who will.</summary>
    /// <param name="providerId">By what the receiver knows the message; may be empty.</param>
    public static ChannelResult DeliveredAs(string providerId)
    {
        ArgumentNullException.ThrowIfNull(providerId);
        return providerId.Length == 0
            ? Delivered
            : new ChannelResult(ChannelOutcome.Delivered, null, "") { ProviderId = providerId };
    }

    /// <summary>Makes the result of an attempt that may succeed later.</summary>
    /// <param name="reason">Why it did not succeed, in one sentence.</param>
    /// <param name="after">How long the receiver asked to wait; null leaves it to the options.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="after"/> is negative.</exception>
    public static ChannelResult Retry(string reason, TimeSpan? after = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        ArgumentOutOfRangeException.ThrowIfLessThan(after ?? TimeSpan.Zero, TimeSpan.Zero, nameof(after));
        return new ChannelResult(ChannelOutcome.Retry, after, reason);
    }

    /// <summary>Makes the result of an attempt that failed because the address does not exist, or takes no mail any more.</summary>
    /// <param name="reason">What the receiver said, in one sentence.</param>
    /// <remarks>
    /// The profile is suppressed on the channel, together with the event <c>Bounced Email</c>. The message is no dead letter: nobody is
    /// there to get it.
    /// </remarks>
    public static ChannelResult Bounced(string reason) => Failed(reason) with { IsBounce = true };

    /// <summary>Makes the result of an attempt whose repetition helps nothing until somebody has put something right.</summary>
    /// <param name="reason">Why, in one sentence.</param>
    /// <remarks>
    /// The message becomes a dead letter at once: <see cref="CustomerPlatform.DeadLetters"/> has it with the reason, and
    /// <see cref="CustomerPlatform.RetryDeadLettersAsync"/> sends it with its key. Where the address does not exist, say
    /// <see cref="Bounced"/>.
    /// </remarks>
    public static ChannelResult Failed(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new ChannelResult(ChannelOutcome.Failed, null, reason);
    }
}
