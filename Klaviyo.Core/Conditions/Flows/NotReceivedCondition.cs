namespace Klaviyo;

/// <summary>Holds when the profile received no message of a channel in a window.</summary>
/// <remarks>
/// What was received is an event: <c>Received Email</c>, <c>Received SMS</c>, <c>Received Push</c>, as in Klaviyo. The engine
/// writes them for what it sends; what another system sent counts as soon as it is tracked.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record NotReceivedCondition : Condition
{
    private readonly ProfileMetricCondition _count;

    /// <summary>Creates a condition.</summary>
    /// <param name="channel"><c>email</c>, <c>sms</c> or <c>push</c>.</param>
    /// <param name="window">When a message counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another channel.</exception>
    public NotReceivedCondition(string channel, DateFilter window)
    {
        Channel = channel;
        _count = new ProfileMetricCondition
        {
            Metric = MetricOf(channel),
            Window = window,
            Amount = new NumberFilter(NumberOperator.EqualTo, 0),
        };
    }

    /// <summary>Gets the channel.</summary>
    public string Channel { get; }

    /// <summary>Gets when a message counts.</summary>
    public DateFilter Window => _count.Window;

    /// <summary>Gets the metric of the messages that a channel delivered.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not <c>email</c>, <c>sms</c> or <c>push</c>.</exception>
    public static string MetricOf(string channel)
    {
        return channel switch
        {
            "email" => "Received Email",
            "sms" => "Received SMS",
            "push" => "Received Push",
            _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "A channel is email, sms or push."),
        };
    }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => _count.Holds(context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => _count.NextBoundary(context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context) => _count.Explain(context);

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => _count.AddDependencies(dependencies);
}
