using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo;

/// <summary>Something that happened to a run, or to a message that it sent.</summary>
/// <param name="At">The instant for which it was decided.</param>
/// <param name="Profile">The profile.</param>
/// <param name="Flow">The name of the flow.</param>
/// <param name="Run">The run; in a simulation, a number that only tells its runs apart.</param>
/// <param name="Step">The id of the step; empty where the run was not on one.</param>
/// <param name="Type">The type of the step, e.g. <c>send-email</c>; empty where the run was not on one.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Skip">Why something was not done; <see cref="SkipReason.None"/> where it was.</param>
/// <param name="Detail">More about why, for people; may be empty.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowDecision(
    Instant At,
    ProfileId Profile,
    string Flow,
    RunId Run,
    string Step,
    string Type,
    DecisionKind Kind,
    SkipReason Skip,
    string Detail)
{
    /// <summary>Gets the word of what happened as JSON shows it, e.g. <c>send</c>.</summary>
    public string Decision => DecisionKindText.Of(Kind);

    /// <summary>Gets why something was not done as JSON shows it, e.g. <c>no-consent</c>; empty where it was.</summary>
    public string Reason => Skip == SkipReason.None ? Detail : SkipReasonText.Of(Skip);

    /// <summary>Gets the id of the step on which the run stands afterwards; empty where it ended, has not entered, or stays out of it.</summary>
    public string Next { get; init; } = "";

    /// <summary>Makes the decision that a transition tells of.</summary>
    /// <param name="version">The version that the run kept before.</param>
    /// <param name="next">The version that it keeps afterwards; another one where it is migrated.</param>
    /// <param name="transition">The transition.</param>
    /// <param name="run">The run.</param>
    /// <param name="profile">The profile.</param>
    internal static FlowDecision Of(FlowVersion version, FlowVersion next, in Transition transition, RunId run, ProfileId profile)
    {
        var step = transition.From == FlowGraph.End ? null : version.Step(transition.From);
        return new FlowDecision(
            transition.At,
            profile,
            version.Definition.Name,
            run,
            step?.Id ?? "",
            step?.Type ?? "",
            transition.Kind,
            transition.Reason,
            transition.Detail ?? "")
        {
            Next = transition.IsOfMessage || transition.To == FlowGraph.End ? "" : next.Step(transition.To).Id,
        };
    }
}
