using System.Globalization;

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

    /// <summary>Gets until when the run was to stand on the step, and as of when that was found; null where it has not been asked before.</summary>
    internal (Instant Due, Instant Asked)? Plan { get; init; }

    /// <summary>Gets the line in which the run stands for a rate limit; empty for none.</summary>
    internal string Line { get; init; } = "";

    /// <summary>Gets the variables of the run: none, until a step sets one.</summary>
    internal PropertyMap Variables
    {
        get => _variables ?? Nothing;
        init => _variables = value;
    }

    /// <summary>Gets the page on which who gets the message unsubscribes; null as long as it is not made for sending.</summary>
    internal string? UnsubscribeUrl { get; init; }

    /// <summary>Gets the definition that the run keeps; null in tests of a step alone.</summary>
    internal FlowDefinition? Definition { get; init; }

    /// <summary>Gets the identifier by which writes name the profile.</summary>
    internal Identifier Profile => Identifier.Of(IdentifierKind.Id, Facts.History.Id.ToString());

    /// <summary>Makes the same context with what the run keeps.</summary>
    internal StepContext Of(in Flows.Interpreter.Run run, Flows.Interpreter.RunDetail? detail)
    {
        if (detail is null)
        {
            return this;
        }

        return run.Status == RunStatus.Awaiting
            ? this with { Arrived = detail.Arrived, Plan = (detail.Due, detail.Asked), Line = detail.Line, Variables = detail.Variables }
            : this with { Variables = detail.Variables };
    }

    /// <summary>Gets what conditions on the profile look at.</summary>
    internal EvaluationContext Evaluation() => new(Facts.History, At, Facts.Zone) { FlowStart = Entered, Variables = _variables };

    /// <summary>Gets what conditions on the profile, on the event that started the run and on the run look at.</summary>
    /// <remarks>Reads the event, where there is one.</remarks>
    internal EvaluationContext EvaluationOfRun() => Evaluation() with { Trigger = Facts.Trigger };

    /// <summary>Gets the salt of what a step draws: the same for the same flow and step, for ever.</summary>
    internal string SaltOf(string step) => $"{Definition?.Name}/{step}";

    /// <summary>Gets the local date for which a date trigger started the run, and the time of day of that trigger.</summary>
    /// <returns>Null where no date started it.</returns>
    internal (DateTime Date, TimeOnly Time)? StartDate()
    {
        if (Variables[DateTrigger.DateVariable] is not { Kind: PropertyKind.String } start)
        {
            return null;
        }

        var date = DateTime.ParseExact(start.AsString(), DateTrigger.DateFormat, CultureInfo.InvariantCulture);
        return (date.Date, TimeOnly.FromDateTime(date));
    }
}
