using Klaviyo.Flows.Definitions;

namespace Klaviyo;

/// <summary>What another definition of a flow changes.</summary>
/// <remarks>Steps are the same by their ids. Equal definitions give a comparison without changes.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowComparison
{
    /// <summary>Gets the ids of steps that only the new definition has.</summary>
    public required ValueList<string> Added { get; init; }

    /// <summary>Gets the ids of steps that only the old definition has.</summary>
    public required ValueList<string> Removed { get; init; }

    /// <summary>Gets the ids of steps that say something else, their links not looked at.</summary>
    public required ValueList<string> Changed { get; init; }

    /// <summary>Gets the ids of steps that say the same and lead elsewhere.</summary>
    public required ValueList<string> Relinked { get; init; }

    /// <summary>Gets whether what starts runs, and who may enter when, is another.</summary>
    public required bool EntryChanged { get; init; }

    /// <summary>Gets whether nothing is changed.</summary>
    public bool IsEmpty => Added.Count + Removed.Count + Changed.Count + Relinked.Count == 0 && !EntryChanged;

    /// <summary>Compares two definitions.</summary>
    /// <param name="old">The one.</param>
    /// <param name="new">The other.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static FlowComparison Of(FlowDefinition old, FlowDefinition @new)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(@new);
        var before = old.Steps.ToDictionary(s => s.Id, StringComparer.Ordinal);
        var after = @new.Steps.ToDictionary(s => s.Id, StringComparer.Ordinal);
        var both = old.Steps.Where(s => after.ContainsKey(s.Id) && s != after[s.Id]).ToLookup(s => SaysTheSame(s, after[s.Id]), s => s.Id);
        return new FlowComparison
        {
            Added = ValueList.Of(@new.Steps.Select(s => s.Id).Where(id => !before.ContainsKey(id))),
            Removed = ValueList.Of(old.Steps.Select(s => s.Id).Where(id => !after.ContainsKey(id))),
            Changed = ValueList.Of(both[false]),
            Relinked = ValueList.Of(both[true]),
            EntryChanged = !old.Triggers.Equals(@new.Triggers) || old.ProfileFilter != @new.ProfileFilter
                || old.Reentry != @new.Reentry || old.Entry != @new.Entry,
        };
    }

    private static bool SaysTheSame(Step one, Step other) => StepEnds.WithoutLinks(one) == StepEnds.WithoutLinks(other);
}

/// <summary>What a new definition of a flow would change, and where the runs under way stand, before anything is done.</summary>
/// <param name="Comparison">What it changes.</param>
/// <param name="Landings">The runs under way, by version and step.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowEditReport(FlowComparison Comparison, IReadOnlyList<RunLanding> Landings)
{
    /// <summary>Gets how many runs stay on their versions, because the new definition has no step for them.</summary>
    public long Stranded => Landings.Where(l => l.Outcome == LandingOutcome.Stays).Sum(l => l.Runs);
}
