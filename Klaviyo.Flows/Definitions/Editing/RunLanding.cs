namespace Klaviyo;

/// <summary>Where the runs of one step of one version of a flow land in a new version.</summary>
/// <param name="Version">The version that the runs keep until then.</param>
/// <param name="Step">The step on which they stand, by id.</param>
/// <param name="Runs">How many.</param>
/// <param name="Lands">The step of the new version; null where there is none for them.</param>
/// <param name="Changed">Whether that step says something else than the one on which they stand.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RunLanding(int Version, string Step, long Runs, string? Lands, bool Changed)
{
    /// <summary>Gets what becomes of them.</summary>
    public LandingOutcome Outcome { get; init; }

    /// <summary>Gets whether the step is asked anew how long they wait.</summary>
    public bool Recomputed { get; init; }
}

/// <summary>What becomes of runs when their flow is migrated.</summary>
public enum LandingOutcome
{
    /// <summary>They come onto the new version.</summary>
    Moves,

    /// <summary>They end.</summary>
    Ends,

    /// <summary>They stay on their version.</summary>
    Stays,
}
