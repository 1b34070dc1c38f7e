using Klaviyo.Channels;

namespace Klaviyo;

/// <summary>How a platform is opened. Checked once, when it is.</summary>
public sealed record CustomerPlatformOptions : CustomerDatabaseOptions
{
    /// <summary>Gets where messages go, by channel: <c>email</c>, <c>sms</c>, <c>webhook</c>.</summary>
    /// <value>The default has none: a message to a channel that is missing has failed.</value>
    public IReadOnlyDictionary<string, IChannel> Channels { get; init; } = new Dictionary<string, IChannel>();

    /// <summary>Gets the e-mail bodies that definitions name by <c>template_id</c>.</summary>
    /// <value>HTML templates by id. A message whose template is missing after an opening is skipped.</value>
    public IReadOnlyDictionary<string, string> Templates { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets how often and when people may be written to.</summary>
    /// <value>The default lets every message through that consent lets through.</value>
    /// <remarks>What was decided stays decided: another policy holds for what is decided from then on.</remarks>
    public SendPolicy Sending { get; init; } = new();

    /// <summary>Gets the page on which people unsubscribe.</summary>
    /// <value>The default is null: no message carries a link to one, and a template that asks for it is refused.</value>
    public UnsubscribePage? Unsubscribe { get; init; }

    /// <summary>Gets how attempts to deliver are repeated.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Gets how many messages may be with a channel at a time. Those of one profile go one after the other.</summary>
    /// <value>1 to 1024. The default is 16.</value>
    public int SendsAtATime { get; init; } = 16;

    /// <summary>Gets how late a step may be taken as if it were on time.</summary>
    /// <value>The default is for ever. Not negative.</value>
    /// <remarks>
    /// A run whose delay ended while the process was down goes on as of the instant at which the delay ended, and the next
    /// delay counts from there: it decides what it would have decided, and catches up. With a limit, a run that comes later
    /// than that goes on as of now, and the next delay counts from now. Consent is always looked at as of now as well.
    /// </remarks>
    public TimeSpan LatenessMax { get; init; } = TimeSpan.MaxValue;

    /// <summary>Gets what takes the place of a step that was read; null for the step itself. For steps that have no JSON.</summary>
    internal Func<Step, Step>? StepFor { get; init; }

    /// <summary>Gets whether every record of the flows is replayed as soon as it is written, and the states are compared. For tests.</summary>
    internal bool ChecksReplay { get; init; }

    /// <summary>Checks the options of the flows.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal void ValidateFlows()
    {
        ArgumentNullException.ThrowIfNull(Channels);
        if (Channels.FirstOrDefault(c => c.Value is null).Key is { } missing)
        {
            throw new ArgumentException($"The channel '{missing}' is null.", nameof(Channels));
        }

        ArgumentNullException.ThrowIfNull(Templates);
        ArgumentNullException.ThrowIfNull(Retry);
        Retry.Validate();
        ArgumentNullException.ThrowIfNull(Sending);
        Sending.Validate();
        Unsubscribe?.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(SendsAtATime, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SendsAtATime, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(LatenessMax, TimeSpan.Zero);
    }
}
