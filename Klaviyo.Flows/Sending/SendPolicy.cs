namespace Klaviyo;

/// <summary>How often and when people may be written to: over all flows of a platform.</summary>
/// <remarks>
/// Consent and suppression are not set here: they always hold. Messages that are no marketing (<c>transactional</c>) are
/// exempt from all of this.
/// </remarks>
/// <example>
/// <code>
/// new SendPolicy
/// {
///     Caps = [new FrequencyCap("email", 3, TimeSpan.FromDays(7))],
///     QuietHours = [new QuietHours("sms", new TimeOnly(20, 0), new TimeOnly(8, 0))],
/// }
/// </code>
/// </example>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SendPolicy
{
    /// <summary>Gets the caps. A message must pass all that cover its channel.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<FrequencyCap> Caps { get; init; } = [];

    /// <summary>Gets the quiet hours. A message of a step that says <c>"sms_quiet_hours_enabled": false</c> is exempt.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<QuietHours> QuietHours { get; init; } = [];

    /// <summary>Gets how long nobody gets a second message on a channel, by channel: Klaviyo's smart sending.</summary>
    /// <value>
    /// The default is none. It covers messages whose step does not say <c>"smart_sending_enabled": false</c>. Such a message is skipped.
    /// </value>
    public IReadOnlyDictionary<string, TimeSpan> SmartSending { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Gets how many messages a channel takes in any window, by channel: over all flows and profiles.</summary>
    /// <value>The default is none. Every attempt counts, repeated ones and those of messages that are no marketing too.</value>
    /// <remarks>
    /// Whose turn it is not stands in line on the step: flows take turns, and within a flow who came first goes first. What a message
    /// says, and whether it may go out, is decided when it is its turn.
    /// </remarks>
    public IReadOnlyDictionary<string, RateLimit> Rates { get; init; } = new Dictionary<string, RateLimit>();

    /// <summary>Gets how many messages all channels together take in any window, besides what each of them takes.</summary>
    /// <value>The default is none. It counts what <see cref="Rates"/> counts.</value>
    /// <remarks>Channels take turns: next is the one that waited longest.</remarks>
    public RateLimit? TotalRate { get; init; }

    /// <summary>Gets how long after it came onto its step a run may be postponed at most.</summary>
    /// <value>The default is 7 days. Not negative. A message that would have to wait longer is skipped.</value>
    public TimeSpan PostponeMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Gets the policy that lets everything through.</summary>
    internal static SendPolicy None { get; } = new();

    /// <summary>Tells whether messages of a channel stand in line.</summary>
    internal bool HasLineOf(string channel) => TotalRate is not null || Rates.ContainsKey(channel);

    /// <summary>Gets for how long what a channel took has to be known, in milliseconds; 0 where nobody asks.</summary>
    internal long WindowMsOf(string channel) => Math.Max(TotalRate?.WindowMs ?? 0, Rates.GetValueOrDefault(channel)?.WindowMs ?? 0);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Caps);
        ArgumentNullException.ThrowIfNull(QuietHours);
        ArgumentNullException.ThrowIfNull(SmartSending);
        ArgumentNullException.ThrowIfNull(Rates);
        foreach (var (channel, rate) in Rates)
        {
            ArgumentNullException.ThrowIfNull(rate);
            rate.Validate($"Rates[{channel}]");
        }

        TotalRate?.Validate(nameof(TotalRate));
        ArgumentOutOfRangeException.ThrowIfLessThan(PostponeMax, TimeSpan.Zero);
        foreach (var cap in Caps)
        {
            cap.Validate();
        }

        foreach (var hours in QuietHours)
        {
            hours.Validate();
        }

        foreach (var (channel, window) in SmartSending)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMilliseconds(1), $"SmartSending[{channel}]");
        }
    }
}
