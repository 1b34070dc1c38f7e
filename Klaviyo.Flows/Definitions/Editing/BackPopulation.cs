namespace Klaviyo;

/// <summary>Who enters a flow from history when it goes live, and as of when.</summary>
/// <remarks>
/// By a metric trigger: who has an event of it, within so many days, that passes its filter; the latest one starts the run. By a list
/// or segment trigger: who is on the list or in the segment now. What the clock starts takes everybody anyway; the other triggers, leaving a
/// segment among them, take nobody.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record BackPopulation
{
    /// <summary>The longest look back.</summary>
    public const int DaysMax = 3660;

    /// <summary>Gets how far back events count, in days of 24 hours, 1 to <see cref="DaysMax"/>. The default is 30.</summary>
    public int Days { get; init; } = 30;

    /// <summary>Gets as of when the runs enter. The default is now.</summary>
    public BackPopulationEntry Entry { get; init; }
}

/// <summary>As of when runs from history enter.</summary>
public enum BackPopulationEntry
{
    /// <summary>When it was asked for: delays count from now.</summary>
    Now,

    /// <summary>
    /// When the event happened, or the profile came onto the list: delays count from then, and what would have been due meanwhile is
    /// due now. Of segments it is not known, so the runs enter now.
    /// </summary>
    AsOfEvent,
}
