using System.Globalization;

namespace Klaviyo.Flows.Interpreter;

/// <summary>One thing that happened to a run, or to a message that it sent: the only way in which flow state changes.</summary>
/// <remarks>
/// It is a record of the log. Live and in replay the same <see cref="LaneState.Apply"/> takes it in, so the state after a
/// crash is the state before it. It holds the outcome of a decision, never what the decision was made from.
/// </remarks>
internal readonly record struct Transition
{
    /// <summary>Gets what happened.</summary>
    internal required DecisionKind Kind { get; init; }

    /// <summary>Gets the slot of the run; of a result, that of the message.</summary>
    internal required int Slot { get; init; }

    /// <summary>Gets the number of the run.</summary>
    internal required long Run { get; init; }

    /// <summary>Gets the number of this transition within the run, from 1; of a result, that of the attempt.</summary>
    internal required int Seq { get; init; }

    /// <summary>Gets the instant for which it was decided, T.</summary>
    internal required Instant At { get; init; }

    /// <summary>Gets the step on which the run stood; −1 before it entered. Of a result, the step that sent.</summary>
    internal int From { get; init; }

    /// <summary>Gets the step on which it stands now; −1 where it ended.</summary>
    internal int To { get; init; }

    /// <summary>Gets when the run or message is due again: for triggers, delays, awaits, queues and retries.</summary>
    internal Instant Due { get; init; }

    /// <summary>Gets why something was not done.</summary>
    internal SkipReason Reason { get; init; }

    /// <summary>Gets what there is to say of the reason, or the line in which the run stands; may be null.</summary>
    internal string? Detail { get; init; }

    /// <summary>Gets the line of which a run takes its turn with it; null for none. Not in the record: the turn has one of its own.</summary>
    internal string? Turn { get; init; }

    /// <summary>Gets the slot in which a message waits for its result.</summary>
    internal int Message { get; init; }

    /// <summary>Gets the variables that it sets; null for none. A null value takes a variable away.</summary>
    internal PropertyMap? Variables { get; init; }

    /// <summary>Gets what a trigger tells of the new run.</summary>
    internal RunStart Start { get; init; }

    /// <summary>Gets what a migration tells of the run.</summary>
    internal RunMigration Migration { get; init; }

    /// <summary>Gets whether the run keeps something besides from then on.</summary>
    internal bool NeedsDetail =>
        Kind is DecisionKind.Await or DecisionKind.Queue or DecisionKind.Park || Variables is not null
        || Migration.Status is RunStatus.Awaiting or RunStatus.Unsent;

    /// <summary>Gets whether it happened to a message, not to a run.</summary>
    internal bool IsOfMessage => IsResult(Kind);

    /// <summary>Makes the exception for a transition that does not follow from the state.</summary>
    /// <param name="what">What of the state it does not fit.</param>
    internal InvalidDataException Misplaced(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{Kind} {Seq} of run {Run} in slot {Slot}: {what}."));

    /// <summary>Tells whether a kind happens to messages.</summary>
    internal static bool IsResult(DecisionKind kind)
    {
        return kind is DecisionKind.Deliver or DecisionKind.Retry or DecisionKind.Fail or DecisionKind.Withdraw
            or DecisionKind.Begin or DecisionKind.DeadLetter or DecisionKind.Uncertain or DecisionKind.Requeue or DecisionKind.Drop;
    }

    /// <summary>Tells whether a kind happens to runs that are under way.</summary>
    internal static bool IsMove(DecisionKind kind) =>
        kind is > DecisionKind.Trigger and <= DecisionKind.Queue && !IsResult(kind);
}

/// <summary>What a migration tells of a run.</summary>
/// <param name="Version">The version that the run keeps from now on.</param>
/// <param name="Status">What it does there.</param>
/// <param name="Arrived">Of one that awaits something, when it came onto its step.</param>
internal readonly record struct RunMigration(int Version, RunStatus Status, Instant Arrived);

/// <summary>What a trigger tells of a new run.</summary>
/// <param name="Flow">The flow, by number.</param>
/// <param name="Version">The version of the flow.</param>
/// <param name="Ordinal">The profile.</param>
/// <param name="Trigger">The event; null where none started the run.</param>
/// <param name="Which">Which of the triggers of the version it is, by number.</param>
/// <param name="IsOfHistory">Whether it is started from history, as of an instant that had passed.</param>
internal readonly record struct RunStart(int Flow, int Version, int Ordinal, EventId? Trigger, int Which = 0, bool IsOfHistory = false);
