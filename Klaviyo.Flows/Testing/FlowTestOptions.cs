using Klaviyo.Channels;

namespace Klaviyo.Testing;

/// <summary>How a <see cref="FlowTest"/> begins.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowTestOptions
{
    /// <summary>Gets the instant that the clock shows at first.</summary>
    /// <value>The default is Monday, 5 January 2026, 09:00 UTC.</value>
    public Instant Start { get; init; } = Instant.Parse("2026-01-05T09:00:00Z");

    /// <summary>Gets what answers for the channels: what becomes of a message that the test has caught.</summary>
    /// <value>The default delivers everything.</value>
    public Func<FlowMessage, ChannelResult> Answer { get; init; } = _ => ChannelResult.Delivered;

    /// <summary>Gets the other options of the platform: time zone, templates, retries, …</summary>
    /// <value>
    /// The default is a platform as it comes. The test brings its own clock, a page to unsubscribe on where this names none, and its own channels under the names <c>email</c>,
    /// <c>sms</c>, <c>push</c>, <c>whatsapp</c>, <c>webhook</c>, <c>function</c> and those that stand here: no channel of the host is called.
    /// </value>
    public CustomerPlatformOptions Platform { get; init; } = new();
}
