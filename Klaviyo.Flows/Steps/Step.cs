namespace Klaviyo;

/// <summary>One place in a flow: what a run does there, and where it goes next.</summary>
/// <remarks>
/// What a step decides is a pure function of the profile's history, the run and the instant; so a simulation and the live
/// engine decide alike. A step holds no state, so one instance serves all runs and threads.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record Step
{
    private protected Step()
    {
    }

    /// <summary>Gets the id, unique in its flow.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the type, as in Klaviyo's JSON, e.g. <c>time-delay</c>.</summary>
    public abstract string Type { get; }

    /// <summary>
    /// Gets the ids of the steps that may follow, by exit: one, the ones for true and for false, or as many as the step has
    /// ways on; null ends the run.
    /// </summary>
    internal abstract ValueList<string?> Links { get; }

    /// <summary>Gets the steps that stand inside of this one: for the engine they are steps like any other.</summary>
    internal virtual IEnumerable<Step> Inner => [];

    /// <summary>Gets whether a run stays here for a time whatever happens, so that a circle through here takes time.</summary>
    internal virtual bool TakesTime => false;

    /// <summary>Gets how many of the first links a run may take without end; those behind have a bound.</summary>
    internal virtual int UnboundLinks => Links.Count;

    /// <summary>Tells when a run came here whose wait ends at an instant; null where that does not follow.</summary>
    /// <param name="due">The end of the wait.</param>
    /// <param name="now">The instant of the question: at it the run still waits.</param>
    internal virtual Instant? ArrivalOf(Instant due, Instant now) => null;

    /// <summary>Decides.</summary>
    internal abstract Decision Decide(in StepContext context);
}
