namespace Klaviyo;

/// <summary>A flow of a store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version that new runs get, from 1.</param>
/// <param name="Paused">Whether it is paused.</param>
/// <param name="Definition">The definition of that version; null where it cannot be read.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowSummary(string Name, int Version, bool Paused, FlowDefinition? Definition)
{
    /// <summary>Gets whether it is archived: nothing enters it.</summary>
    public bool Archived { get; init; }

    /// <summary>Gets which version of it cannot be read, and why; null where all can.</summary>
    /// <value>
    /// Another version of the library defined it, one that knows more steps, say. Runs and messages of that version stay where they
    /// are until the store is opened by a host that can read it; a new version starts runs all the same.
    /// </value>
    public string? Fault { get; init; }

    /// <summary>Gets whether it is deleted: what is left of it is what its runs did.</summary>
    public bool Deleted { get; init; }
}
