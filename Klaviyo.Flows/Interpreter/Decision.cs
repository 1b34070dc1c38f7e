namespace Klaviyo;

/// <summary>What a step decided.</summary>
/// <param name="Kind">What to do.</param>
internal readonly record struct Decision(DecisionKind Kind)
{
    /// <summary>Gets the decision to send the message of the step.</summary>
    internal static Decision Send => new(DecisionKind.Send);

    /// <summary>Gets until when to wait.</summary>
    internal Instant Due { get; private init; }

    /// <summary>Gets which way to go.</summary>
    internal bool Holds { get; private init; }

    /// <summary>Gets why nothing is done.</summary>
    internal SkipReason Reason { get; private init; }

    /// <summary>Gets what there is to say of the reason; may be null.</summary>
    internal string? Detail { get; private init; }

    /// <summary>Gets what to write.</summary>
    internal CustomerWrite? Write { get; private init; }

    /// <summary>Makes the decision to wait.</summary>
    internal static Decision Wait(Instant due) => new(DecisionKind.Wait) { Due = due };

    /// <summary>Makes the decision to go one way or the other.</summary>
    internal static Decision Branch(bool holds) => new(DecisionKind.Branch) { Holds = holds };

    /// <summary>Makes the decision to do nothing and go on.</summary>
    internal static Decision Skip(SkipReason reason, string? detail = null) =>
        new(DecisionKind.Skip) { Reason = reason, Detail = detail };

    /// <summary>Makes the decision to write to the profile.</summary>
    internal static Decision Change(CustomerWrite write) => new(DecisionKind.Update) { Write = write };
}
