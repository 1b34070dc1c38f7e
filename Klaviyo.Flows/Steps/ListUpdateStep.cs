namespace Klaviyo;

/// <summary>Puts the profile on a list, or takes it off, at the instant of the step.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ListUpdateStep : ActionStep
{
    /// <inheritdoc/>
    public override string Type => "list-update";

    /// <summary>Gets the name of the step for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the list, by name.</summary>
    public required string List { get; init; }

    /// <summary>Gets whether the profile is put on the list; otherwise it is taken off.</summary>
    public bool Member { get; init; } = true;

    /// <inheritdoc/>
    internal override Decision Act(in StepContext context)
    {
        return Decision.Change(new ListWrite
        {
            Profile = [context.Profile],
            Time = context.At,
            List = List,
            Member = Member,
        });
    }
}
