namespace Klaviyo;

/// <summary>All that is known of one profile: what every evaluation reads.</summary>
/// <remarks>
/// The store hands out histories over its index, a simulation lays its own writes over one, and tests make them from
/// lists. Evaluation is a pure function of a history and an instant.
/// </remarks>
/// <threadsafety>One caller at a time. A history from a store is valid only inside the call that received it.</threadsafety>
public abstract class ProfileHistory
{
    /// <summary>Gets the profile.</summary>
    public abstract ProfileId Id { get; }

    /// <summary>Gets the earliest time of anything written to the profile: before it, the profile does not exist.</summary>
    public abstract Instant Created { get; }

    /// <summary>Gets the value that a property had at an instant.</summary>
    /// <param name="name">The plain name, without path syntax.</param>
    /// <param name="at">The evaluation instant T.</param>
    /// <returns><see cref="PropertyValue.Null"/> where it had none.</returns>
    public abstract PropertyValue Property(string name, Instant at);

    /// <summary>Gets every value that a property was given, by time, then arrival.</summary>
    /// <returns>Valid until the next call on this history.</returns>
    public abstract ReadOnlySpan<PropertyWrite> PropertyWrites(string name);

    /// <summary>Gets the events of a metric in a range, by time, then arrival.</summary>
    /// <returns>Valid until the next call on this history.</returns>
    public abstract ReadOnlySpan<EventRow> Events(string metric, TimeRange range);

    /// <summary>Counts, sums, and finds the ends of the values of a metric's events in a range.</summary>
    /// <remarks>A store overrides this to walk its columns where they stand.</remarks>
    public virtual AggregateSummary Summary(string metric, TimeRange range)
    {
        var summary = new RunningSummary();
        summary.Add(Events(metric, range));
        return summary.Summary;
    }

    /// <summary>Gets a property of an event.</summary>
    /// <param name="id">The event, from one of this profile's rows.</param>
    /// <param name="name">The plain name, without path syntax.</param>
    /// <returns><see cref="PropertyValue.Null"/> where it has none.</returns>
    public abstract PropertyValue EventProperty(EventId id, string name);

    /// <summary>Gets since when the profile is on a list or in a segment.</summary>
    /// <param name="group">The name of the list or segment.</param>
    /// <param name="at">The evaluation instant T.</param>
    /// <returns>Null where it is no member at T. Of a segment, since when its rule holds without a break.</returns>
    public abstract Instant? MemberSince(string group, Instant at);

    /// <summary>Tells whether the profile is on a list or in a segment.</summary>
    /// <param name="group">The name of the list or segment.</param>
    /// <param name="at">The evaluation instant T.</param>
    /// <remarks>A history that need not look back for it overrides this.</remarks>
    public virtual bool IsMember(string group, Instant at) => MemberSince(group, at) is not null;

    /// <summary>Gets the next instant after <paramref name="at"/> at which membership could change by time alone.</summary>
    /// <returns>Null where only a write can change it.</returns>
    public abstract Instant? MembershipBoundary(string group, Instant at);

    /// <summary>Gets since when the profile is on a list or in a segment, as a condition asks.</summary>
    /// <param name="group">The name of the list or segment.</param>
    /// <param name="context">The context of the condition, with T.</param>
    /// <remarks>A history that evaluates segments overrides this, so that theirs is the same context.</remarks>
    public virtual Instant? MemberSince(string group, in EvaluationContext context) => MemberSince(group, context.At);

    /// <summary>Gets since when the profile is on a list or in a segment, as a condition asks whom only lately matters.</summary>
    /// <param name="group">The name of the list or segment.</param>
    /// <param name="context">The context of the condition, with T.</param>
    /// <param name="horizon">Where it is since then or longer, any instant up to this one may be said.</param>
    internal virtual Instant? MemberSince(string group, in EvaluationContext context, Instant horizon) => MemberSince(group, context);

    /// <summary>Gets the next instant after T at which membership could change by time alone, as a condition asks.</summary>
    /// <param name="group">The name of the list or segment.</param>
    /// <param name="context">The context of the condition, with T.</param>
    /// <remarks>A history that evaluates segments overrides this, so that theirs is the same context.</remarks>
    public virtual Instant? MembershipBoundary(string group, in EvaluationContext context) => MembershipBoundary(group, context.At);

    /// <summary>Explains why the profile is in a segment or not, as a condition asks.</summary>
    /// <param name="group">The name of the list or segment.</param>
    /// <param name="context">The context of the condition, with T.</param>
    /// <returns>Null for a list, and where that would lead too deep.</returns>
    internal virtual Explanation? ExplainMembership(string group, in EvaluationContext context) => null;

    /// <summary>Gets the last consent for a channel at an instant.</summary>
    /// <returns>Null where nothing was ever said.</returns>
    public abstract Consent? Consent(string channel, Instant at);

    /// <summary>Gets everything that was said about a channel up to an instant, by time, then arrival.</summary>
    /// <remarks>A history that keeps more than the last word overrides this.</remarks>
    public virtual IReadOnlyList<Consent> Consents(string channel, Instant at) =>
        Consent(channel, at) is { } last ? [last] : [];

    /// <summary>Gets the next instant after <paramref name="at"/> at which a consent changes by time alone.</summary>
    /// <returns>Null where only a write can change it. A store that accepts consents dated in the future overrides this.</returns>
    public virtual Instant? ConsentBoundary(string channel, Instant at) => null;

    /// <summary>Gets every relation with accounts or custom objects of a type, also those that ended or are still to begin.</summary>
    /// <param name="objectType">The type, e.g. <c>account</c>.</param>
    /// <remarks>A history that knows of objects overrides this and <see cref="Related"/>.</remarks>
    public virtual IReadOnlyList<Relation> Relations(string objectType) => [];

    /// <summary>Gets the history of an account or custom object, for conditions that ask it.</summary>
    /// <param name="id">Its id, from a relation of this profile.</param>
    /// <returns>Null where there is none. Valid until the next call of this member.</returns>
    public virtual ProfileHistory? Related(ProfileId id) => null;
}
