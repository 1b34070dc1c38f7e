namespace Klaviyo;

/// <summary>How the messages of one step are delivered, where that is not as for all others.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record DeliveryPolicy
{
    /// <summary>Gets whether a message is handed to the channel once at most.</summary>
    /// <value>The default is false: it is tried until it is delivered, always with the same key.</value>
    /// <remarks>
    /// Then an attempt that does not say clearly that it succeeded or failed is not repeated: not after an exception, a result
    /// to try again, or the end of the process in between. The message stays, as <see cref="DecisionKind.Uncertain"/>, until
    /// somebody decides.
    /// </remarks>
    public bool AtMostOnce { get; init; }

    /// <summary>Gets how attempts are repeated; null for what <see cref="CustomerPlatformOptions.Retry"/> says.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>Gets what the run does when the message is not delivered, after all attempts or because it failed for good.</summary>
    /// <value>
    /// The default goes on, without waiting for a result. With the others the run stands on the step until there is one.
    /// </value>
    public ErrorPolicy OnError { get; init; }
}

/// <summary>What a run does when its message is not delivered.</summary>
/// <remarks>A message that must not be sent any more, because consent was withdrawn say, is no error.</remarks>
public enum ErrorPolicy
{
    /// <summary>It goes on.</summary>
    Continue,

    /// <summary>It ends.</summary>
    Exit,

    /// <summary>
    /// It stays on the step until its message is retried and delivered, or somebody releases it, passes the step over, or cancels it.
    /// Released, it has its message tried again with its key; one that bounced or was dropped is sent anew, with another.
    /// </summary>
    Park,
}
