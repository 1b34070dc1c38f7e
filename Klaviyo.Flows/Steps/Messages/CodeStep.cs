namespace Klaviyo;

/// <summary>Calls a function of the host, and goes on without waiting for it.</summary>
/// <remarks>
/// <para>It is delivered over the channel <c>function</c> like a message: at least once, always with the same key, and repeated after
/// a failure. The channel gets the name as the address.</para>
/// <para>What the function puts out it tracks as an event of the metric <see cref="ActionOutputSplitStep.Metric"/>, with the key of
/// the call as its unique id; an action-output split waits for that.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record CodeStep : SendStep
{
    /// <inheritdoc/>
    public override string Type => "code";

    /// <inheritdoc/>
    public override string Channel => "function";

    /// <summary>Gets the name of the function.</summary>
    public required string Function { get; init; }

    /// <summary>Gets the template of what the function is given, in JSON; values are escaped for a JSON string. Null for nothing.</summary>
    public string? Body { get; init; }

    /// <inheritdoc/>
    internal override string? Address(IFlowFacts facts) => Function;

    /// <inheritdoc/>
    internal override SkipReason Refusal(ProfileHistory history, Instant at) => SkipReason.None;

    /// <inheritdoc/>
    private protected override Decision Sending(in StepContext context) => ActionOutputSplitStep.Call(context);
}
