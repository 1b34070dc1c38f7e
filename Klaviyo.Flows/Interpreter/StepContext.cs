namespace Klaviyo;

/// <summary>What a step may look at; nothing else influences its decision.</summary>
/// <param name="Facts">The profile and the event of the run.</param>
/// <param name="At">The instant of the decision, T.</param>
/// <param name="Entered">When the run entered the flow.</param>
/// <param name="Message">The message of the step, where it sends one.</param>
internal readonly record struct StepContext(
    IFlowFacts Facts, Instant At, Instant Entered, Flows.Definitions.MessagePlan? Message)
{
    private static readonly PropertyMap Nothing = [];
    private readonly PropertyMap? _variables;

    /// <summary>Gets the instant at which the run came onto the step: T itself, unless the step has been asked before.</summary>
    internal Instant Arrived { get; init; } = At;

    /// <summary>Gets the variables of the run: none, until a step sets one.</summary>
    internal PropertyMap Variables
    {
        get => _variables ?? Nothing;
        init => _variables = value;
    }

    /// <summary>Gets the identifier by which writes name the profile.</summary>
    internal Identifier Profile => Identifier.Of(IdentifierKind.Id, Facts.History.Id.ToString());

    /// <summary>Gets what conditions on the profile look at.</summary>
    internal EvaluationContext Evaluation() => new(Facts.History, At, Facts.Zone) { FlowStart = Entered };
}
