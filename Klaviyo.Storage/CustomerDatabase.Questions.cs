using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Counts, sums or lists one metric of one profile over a window.</summary>
    /// <param name="profile">Any identifier of the profile; after a merge, the old ones answer for the destination.</param>
    /// <param name="query">Metric, measures, window, filters.</param>
    /// <param name="asOf">The evaluation instant T; null for now. Events later than T do not exist for this call.</param>
    /// <returns>One value per measure. A profile or metric that does not exist gives zero, not an error.</returns>
    /// <remarks>
    /// <para>Sees every write whose call has returned, on any thread.</para>
    /// <para>Logarithmic in the events of the profile, then linear in those inside the window. Filters on event properties
    /// read columns, and the log for events that are not in columns yet.</para>
    /// </remarks>
    /// <exception cref="StoreCorruptedException">An event that a filter has to read is damaged.</exception>
    public AggregateResult Aggregate(Identifier profile, AggregateQuery query, Instant? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        var answer = Store.Read(
            profile,
            (query, At: At(asOf), Zone),
            static (history, ask) => Aggregator.Evaluate(ask.query, new EvaluationContext(history, ask.At, ask.Zone)));
        return answer ?? Aggregator.Evaluate(query, new EvaluationContext(NobodysHistory.Instance, At(asOf), Zone));
    }

    /// <summary>Counts, sums, and finds the ends and the mean of one metric of one profile over a window.</summary>
    /// <param name="profile">Any identifier of the profile; after a merge, the old ones answer for the destination.</param>
    /// <param name="query">Metric, window, filters. Its measures are not looked at.</param>
    /// <param name="asOf">The evaluation instant T; null for now. Events later than T do not exist for this call.</param>
    /// <returns>The summary of no events, where the profile or the metric does not exist.</returns>
    /// <remarks>
    /// <para>As <see cref="Aggregate"/>, for where a question is asked a million times a second: it allocates nothing, except
    /// that filters make strings of texts that were not read lately.</para>
    /// <para>Logarithmic in the events of the profile, then linear in those inside the window. Reads no disk while the profile
    /// is in memory and the query has no filters.</para>
    /// </remarks>
    /// <example><code>
    /// var spent = database.Summarize("email:ada@example.com", new() { Metric = "Placed Order", Window = lastMonth });
    /// Console.WriteLine($"{spent.Count} orders, {spent.Sum} in all, {spent.Max} at most");
    /// </code></example>
    /// <exception cref="ArgumentException">The query splits by a property: that is for <see cref="Aggregate"/>.</exception>
    /// <exception cref="StoreCorruptedException">An event that a filter has to read is damaged.</exception>
    public AggregateSummary Summarize(Identifier profile, AggregateQuery query, Instant? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        var answer = Store.Read(
            profile,
            (query, At: At(asOf), Zone),
            static (history, ask) => (AggregateSummary?)Aggregator.Summarize(
                ask.query, new EvaluationContext(history, ask.At, ask.Zone)));
        return answer ?? Aggregator.Summarize(query, new EvaluationContext(NobodysHistory.Instance, At(asOf), Zone));
    }

    /// <summary>Reads a profile whole.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>Null where no profile has the identifier, or none existed yet at T.</returns>
    public CustomerProfile? Profile(Identifier profile, Instant? asOf = null)
    {
        return Store.Read(
            profile,
            (At: At(asOf), Zone, Store.State),
            static (history, ask) => ProfileReader.Profile(history, ask.State, ask.At));
    }

    /// <summary>Reads the events of a profile, by time.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="query">Which, in which order, and how many; null for all.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>A page. A profile that does not exist has no events.</returns>
    /// <exception cref="ArgumentException">The cursor is not one of this question.</exception>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    public EventPage Events(Identifier profile, EventQuery? query = null, Instant? asOf = null)
    {
        return Store.Read(profile, (Query: query ?? new(), At: At(asOf)), static (h, ask) => ask.Query.Read(h, ask.At))
            ?? new EventPage([], null);
    }

    /// <summary>Gets the profiles that existed at an instant, ordered by id.</summary>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <remarks>Enters the store anew for every few profiles, so writers go on meanwhile.</remarks>
    public IEnumerable<ProfileSummary> Profiles(Instant? asOf = null) =>
        Store.Scan(At(asOf), static (_, _) => true).Select(Store.Summary);

    private protected Instant At(Instant? asOf) => asOf ?? Store.Now;
}
