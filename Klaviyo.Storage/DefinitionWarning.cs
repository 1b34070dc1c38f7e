namespace Klaviyo;

/// <summary>Something that a definition names and that the store does not know: it may be still to come, or misspelled.</summary>
/// <remarks>A warning changes nothing: what is not known counts as zero, is on no list, is in no segment.</remarks>
/// <param name="Kind">What it names: <c>metric</c>, <c>list or segment</c>, <c>channel</c>, <c>object type</c> or <c>property</c>.</param>
/// <param name="Name">The name.</param>
/// <param name="Suggestion">A name that is known and nearly the same; null for none.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record DefinitionWarning(string Kind, string Name, string? Suggestion)
{
    /// <summary>Writes the warning for people: <c>unknown metric "Placd Order"; did you mean "Placed Order"?</c></summary>
    public override string ToString() =>
        $"unknown {Kind} \"{Name}\"{(Suggestion is null ? "" : $"; did you mean \"{Suggestion}\"?")}";
}
