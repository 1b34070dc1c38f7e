namespace Klaviyo.Channels;

/// <summary>How a <see cref="WebhookChannel"/> posts. Checked once, when it is made.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record WebhookOptions
{
    /// <summary>Gets the secret with which requests are signed, see <see cref="WebhookSignature"/>.</summary>
    /// <value>The default is null: requests are not signed.</value>
    public string? Secret { get; init; }

    /// <summary>Gets how long one attempt may take.</summary>
    /// <value>The default is 10 seconds. At least a millisecond.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets what measures the timeout, dates the signature and reads <c>Retry-After</c> dates.</summary>
#pragma warning disable RS0030 // The one place where the system's clock is named: the default that a host gets.
    public TimeProvider Clock { get; init; } = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>Gets whether requests are signed, and no secret.</summary>
    public override string ToString() => Secret is null ? "not signed" : "signed";

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Timeout, TimeSpan.FromMilliseconds(1));
        ArgumentNullException.ThrowIfNull(Clock);
        if (Secret is { Length: 0 })
        {
            throw new ArgumentException("Secret: an empty secret signs nothing; leave it out.", nameof(Secret));
        }
    }
}
