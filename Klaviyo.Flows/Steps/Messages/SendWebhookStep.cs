namespace Klaviyo;

/// <summary>Posts to a URL.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SendWebhookStep : SendStep
{
    /// <inheritdoc/>
    public override string Type => "send-webhook";

    /// <inheritdoc/>
    public override string Channel => "webhook";

    /// <summary>Gets the URL: absolute, http or https, as it is.</summary>
    public required string Url { get; init; }

    /// <summary>Gets the headers: strings, as they are.</summary>
    public PropertyMap Headers { get; init; } = [];

    /// <summary>Gets the template of the body, in JSON; values are escaped for a JSON string. Null for an empty one.</summary>
    public string? Body { get; init; }

    /// <inheritdoc/>
    internal override string? Address(IFlowFacts facts) => Url;

    /// <inheritdoc/>
    internal override SkipReason Refusal(ProfileHistory history, Instant at) => SkipReason.None;

    /// <inheritdoc/>
    private protected override Decision Sending(in StepContext context) => ActionOutputSplitStep.Call(context);
}
