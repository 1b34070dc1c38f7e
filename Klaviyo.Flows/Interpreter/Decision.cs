namespace Klaviyo;

/// <summary>What a step decided.</summary>
/// <param name="Kind">What to do.</param>
internal readonly record struct Decision(DecisionKind Kind)
{
    /// <summary>Gets the decision to send the message of the step.</summary>
    internal static Decision Send => new(DecisionKind.Send);

    /// <summary>Gets until when to wait.</summary>
    internal Instant Due { get; private init; }

    /// <summary>Gets whether the end of the wait is that of a local time of the profile, which may move.</summary>
    internal bool IsLocal { get; private init; }

    /// <summary>Gets which way to go: the index of one of the step's links.</summary>
    internal int Exit { get; private init; }

    /// <summary>Gets the variables of the run to set along with it; null for none. A null value takes a variable away.</summary>
    internal PropertyMap? Variables { get; private init; }

    /// <summary>Gets why nothing is done.</summary>
    internal SkipReason Reason { get; private init; }

    /// <summary>Gets what there is to say of the reason; may be null.</summary>
    internal string? Detail { get; private init; }

    /// <summary>Gets the line in which the run is to stand, or of which it takes its turn; null for none.</summary>
    internal string? Line { get; private init; }

    /// <summary>Gets what to write.</summary>
    internal CustomerWrite? Write { get; private init; }

    /// <summary>Makes the decision to wait.</summary>
    internal static Decision Wait(Instant due) => new(DecisionKind.Wait) { Due = due };

    /// <summary>Makes the decision to wait until a local time of the profile, and be asked again when anything is written of it.</summary>
    internal static Decision WaitLocally(Instant due) => new(DecisionKind.Wait) { Due = due, IsLocal = true };

    /// <summary>
    /// Makes the decision to stand on the step and be asked again: as soon as anything is written of the profile, or at an
    /// instant, whichever is first.
    /// </summary>
    /// <param name="due">The instant, after that of the decision; <see cref="Instant.MaxValue"/> to wait for writes alone.</param>
    /// <remarks>Of an answer that changes neither the instant nor a variable no record is made.</remarks>
    internal static Decision Await(Instant due) => new(DecisionKind.Await) { Due = due };

    /// <summary>Makes the decision to stand in a line until it is the run's turn there, asked again whenever anything is written of the profile.</summary>
    /// <param name="line">The line.</param>
    internal static Decision Queue(string line) => new(DecisionKind.Queue) { Due = Instant.MaxValue, Line = line };

    /// <summary>Makes the decision to go by the first link or by the second.</summary>
    internal static Decision Branch(bool holds) => Branch(holds ? 0 : 1);

    /// <summary>Makes the decision to go by one of the step's links.</summary>
    /// <param name="exit">The index of the link.</param>
    internal static Decision Branch(int exit) => new(DecisionKind.Branch) { Exit = exit };

    /// <summary>Makes the decision to do nothing and go on.</summary>
    internal static Decision Skip(SkipReason reason, string? detail = null) =>
        new(DecisionKind.Skip) { Reason = reason, Detail = detail };

    /// <summary>Makes the decision to write to the profile.</summary>
    internal static Decision Change(CustomerWrite write) => new(DecisionKind.Update) { Write = write };

    /// <summary>Makes the same decision to stand here, asked again at the latest at an instant.</summary>
    internal Decision Until(Instant due) => this with { Due = due };

    /// <summary>Makes the same decision, which takes the turn of the run in a line.</summary>
    internal Decision Through(string line) => this with { Line = line };

    /// <summary>Makes the same decision that sets variables of the run.</summary>
    /// <param name="variables">By name; a null value takes a variable away.</param>
    internal Decision With(PropertyMap variables) => this with { Variables = variables };
}
