using Klaviyo.Flows.Definitions;

namespace Klaviyo.Flows.Interpreter;

/// <summary>One walk of one profile through a flow: all that the engine knows of it.</summary>
internal struct Run
{
    /// <summary>The number of the run in its lane; never used again.</summary>
    internal long Number;

    /// <summary>When it is to be woken, in milliseconds: the end of a delay, or the instant at which it stands.</summary>
    internal long DueMs;

    /// <summary>When it entered, in milliseconds; before that, when what triggered it happened.</summary>
    internal long EnteredMs;

    /// <summary>The event that started it.</summary>
    internal long Trigger;

    /// <summary>The profile.</summary>
    internal int Ordinal;

    /// <summary>The flow, by number.</summary>
    internal int Flow;

    /// <summary>The version of the flow, which the run keeps.</summary>
    internal int Version;

    /// <summary>The step on which it stands, by number; −1 before it entered.</summary>
    internal int Step;

    /// <summary>How many transitions it has made. Each raises it by exactly one.</summary>
    internal int Seq;

    /// <summary>The next and the previous run of the profile, by slot; −1 for none.</summary>
    internal int Next;
    internal int Previous;

    /// <summary>What it is doing.</summary>
    internal RunStatus Status;

    /// <summary>Whether an event started it.</summary>
    internal bool HasTrigger;

    /// <summary>Which of the triggers of its version started it, by number.</summary>
    internal byte Which;

    /// <summary>Gets when it is to be woken.</summary>
    internal readonly Instant Due => Instant.FromUnixMs(DueMs);

    /// <summary>Gets when it entered.</summary>
    internal readonly Instant Entered => Instant.FromUnixMs(EnteredMs);

    /// <summary>Gets the event that started it; null where none did.</summary>
    internal readonly EventId? TriggerId => HasTrigger ? new EventId(Trigger) : null;

    /// <summary>Makes the run that a trigger starts.</summary>
    internal static Run Of(in Transition trigger)
    {
        var start = trigger.Start;
        return new Run
        {
            Number = trigger.Run,
            Seq = trigger.Seq,
            Ordinal = start.Ordinal,
            Flow = start.Flow,
            Version = start.Version,
            Step = FlowGraph.End,
            HasTrigger = start.Trigger is not null,
            Which = (byte)start.Which,
            Trigger = start.Trigger?.Value ?? 0,
            EnteredMs = trigger.At.UnixMs,
            DueMs = trigger.Due.UnixMs,
            Status = RunStatus.Triggered,
        };
    }

    /// <summary>Tells whether the run has more to do at an instant: it rests only when it waits for a later one.</summary>
    internal readonly bool IsReady(Instant at) => Status == RunStatus.Ready || (Status == RunStatus.Waiting && Due <= at);

    /// <summary>Moves the run to where a transition leaves it. Not for the last one.</summary>
    internal void Move(in Transition transition)
    {
        Seq = transition.Seq;
        Step = transition.To;
        Status = transition.Kind switch
        {
            DecisionKind.Wait => RunStatus.Waiting,
            DecisionKind.Await => RunStatus.Awaiting,
            _ => RunStatus.Ready,
        };
        DueMs = (Status == RunStatus.Ready ? transition.At : transition.Due).UnixMs;
        EnteredMs = transition.Kind == DecisionKind.Enter ? transition.At.UnixMs : EnteredMs;
    }
}
