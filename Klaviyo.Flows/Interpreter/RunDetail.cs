namespace Klaviyo.Flows.Interpreter;

/// <summary>What only some runs keep: those that await something, those that are parked, and those with variables.</summary>
internal sealed class RunDetail
{
    /// <summary>Gets when it came onto the step on which it awaits something.</summary>
    internal Instant Arrived { get; set; }

    /// <summary>Gets when it was last asked with an answer that is in the log. What was written since, it is asked about anew.</summary>
    internal Instant Asked { get; set; }

    /// <summary>Gets until when it awaits.</summary>
    internal Instant Due { get; set; }

    /// <summary>Gets the line in which it stands; empty for none.</summary>
    internal string Line { get; set; } = "";

    /// <summary>Gets why it is parked; empty where it is not.</summary>
    internal string Reason { get; set; } = "";

    /// <summary>Gets the transition of the run that decided the message for which it is parked, or stands again; 0 for none.</summary>
    /// <remarks>Earlier ones of the run may stay too, and the message itself may be gone.</remarks>
    internal int Sent { get; set; }

    /// <summary>Gets the variables. Replaced, never changed.</summary>
    internal PropertyMap Variables { get; set; } = [];

    /// <summary>Takes in what a transition of the run says, before the run moves.</summary>
    /// <param name="detail">What the run keeps; null for nothing.</param>
    /// <param name="before">What the run was doing.</param>
    /// <param name="transition">The transition.</param>
    /// <returns>What the run keeps from now on; null for nothing.</returns>
    internal static RunDetail? Next(RunDetail? detail, RunStatus before, in Transition transition)
    {
        if (detail is null && !transition.NeedsDetail)
        {
            return null;
        }

        detail ??= new RunDetail();
        if (transition.Variables is { } set)
        {
            detail.Variables = With(detail.Variables, set);
        }

        if (transition.Kind == DecisionKind.Migrate)
        {
            return Migrated(detail, transition);
        }

        detail.Reason = transition.Kind == DecisionKind.Park ? transition.Detail ?? "" : "";
        detail.Sent = transition.Kind == DecisionKind.Park && before == RunStatus.Unsent ? SentBefore(detail, transition) : 0;
        detail.Line = transition.Kind == DecisionKind.Queue ? transition.Detail ?? "" : "";
        if (transition.Kind is DecisionKind.Await or DecisionKind.Queue)
        {
            detail.Arrived = before == RunStatus.Awaiting ? detail.Arrived : transition.At;
            (detail.Asked, detail.Due) = (transition.At, transition.Due);
            return detail;
        }

        (detail.Arrived, detail.Asked, detail.Due) = (default, default, default);
        return detail.Variables.Count > 0 || transition.Kind == DecisionKind.Park ? detail : null;
    }

    // Who awaits something is asked by the step of the new version at once; who is parked stays so, for the same reason.
    private static RunDetail? Migrated(RunDetail detail, in Transition transition)
    {
        var status = transition.Migration.Status;
        detail.Line = "";
        detail.Reason = status == RunStatus.Parked ? detail.Reason : "";
        detail.Sent = status switch
        {
            RunStatus.Parked => detail.Sent,
            RunStatus.Unsent => SentBefore(detail, transition),
            _ => 0,
        };
        (detail.Arrived, detail.Asked, detail.Due) = status == RunStatus.Awaiting
            ? (transition.Migration.Arrived, transition.At, transition.Due)
            : default;
        return detail.Variables.Count > 0 || status is RunStatus.Awaiting or RunStatus.Parked or RunStatus.Unsent ? detail : null;
    }

    // A run that stands for a message makes no transition, so the first one behind its result follows the one that decided it.
    private static int SentBefore(RunDetail detail, in Transition transition) => detail.Sent > 0 ? detail.Sent : transition.Seq - 1;

    private static PropertyMap With(PropertyMap variables, PropertyMap set)
    {
        var names = variables.Keys.Union(set.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var all = new PropertyMap();
        foreach (var name in names)
        {
            var value = set.TryGetValue(name, out var given) ? given : variables[name];
            if (value.Kind != PropertyKind.Null)
            {
                all[name] = value;
            }
        }

        return all;
    }
}
