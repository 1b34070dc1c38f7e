namespace Klaviyo;

/// <summary>One way on from a split: its name, and where it leads.</summary>
/// <param name="Id">The id, unique in its step.</param>
/// <param name="Next">The id of the step that follows; null ends the run.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SplitBranch(string Id, string? Next = null)
{
    /// <summary>Gets the name for people; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the place in which it is asked; null for where it stands in the list.</summary>
    public int? Order { get; init; }

    /// <summary>Gets whether it is taken where no other is.</summary>
    public bool IsElse { get; init; }

    /// <summary>Gets the condition; null where none is asked.</summary>
    public Condition? Filter { get; init; }
}
