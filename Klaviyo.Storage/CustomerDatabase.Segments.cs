using Klaviyo.Json;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Live;

namespace Klaviyo;

public partial class CustomerDatabase
{
    private const int UnitsMax = 100_000;

    /// <summary>Gets the names of the defined segments, in order, also of those whose definition cannot be read.</summary>
    public IReadOnlyList<string> Segments
    {
        get
        {
            using var gate = Store.EnterAll();
            var definitions = Store.State.Definitions;
            return [.. definitions.Segments.Keys.Concat(definitions.Unreadable).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Defines a segment, or replaces its definition; completes when that is durable.</summary>
    /// <param name="name">Its name, by which other definitions may refer to it.</param>
    /// <param name="definition">What a member is.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <remarks>
    /// <para>From then on it is kept current. Who of the profiles that are there already is a member is found in the background:
    /// <see cref="SegmentStatus"/> tells how far that is, <see cref="SegmentReadyAsync"/> waits for it. Questions are answered
    /// exactly all the while.</para>
    /// <para>Segments that ask for this one are looked at anew too.</para>
    /// <para>A clock that is set back does not undo who has entered or left: until it has caught up, segments of a name are what
    /// they were at its latest time, with what is written meanwhile.</para>
    /// </remarks>
    /// <returns>What <see cref="CheckSegment"/> says of it. None of that keeps it from being defined.</returns>
    /// <exception cref="DefinitionException">
    /// It would refer to itself through other segments, or it was made in code and its text is no definition of a segment, or
    /// that of another one: path and message say where and why. Nothing is stored then.
    /// </exception>
    public async ValueTask<IReadOnlyList<DefinitionWarning>> DefineSegmentAsync(
        string name, SegmentDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(definition);
        var warnings = CheckSegment(definition);
        await Store.DefineAsync(StoreDefinition.Segment, name, SegmentJson.WriteToKeep(definition), cancellationToken).ConfigureAwait(false);
        return warnings;
    }

    /// <summary>Looks for what a definition names and the store does not know: metrics, lists, segments, types of objects.</summary>
    /// <param name="definition">Any definition; it need not be saved.</param>
    /// <returns>What may be misspelled, with the name that may be meant; empty where everything is known.</returns>
    /// <remarks>
    /// A definition may come before the first event, so nothing is refused. A metric is known by its events, a list as soon as
    /// anybody was put on it; a property is told only where another name is nearly the same.
    /// </remarks>
    public IReadOnlyList<DefinitionWarning> CheckSegment(SegmentDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        using var gate = Store.EnterAll();
        return new DefinitionCheck(Store.State).Warnings(definition.Dependencies);
    }

    /// <summary>Removes a segment; all members leave it. Completes when that is durable.</summary>
    /// <param name="name">Its name. One that is not defined changes nothing.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <exception cref="SegmentInUseException">Other segments ask for it, or flows name it: it says which.</exception>
    public ValueTask RemoveSegmentAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Store.RemoveSegment(name);
        return Store.CommitAsync(cancellationToken);
    }

    /// <summary>Gets how far a segment is kept current.</summary>
    /// <returns>Null where there is none of that name.</returns>
    public SegmentStatus? SegmentStatus(string name) => Store.SegmentStatus(name);

    /// <summary>Completes when the members of a segment are known.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <exception cref="ArgumentException">There is no segment of that name.</exception>
    /// <exception cref="InvalidOperationException">They cannot be: the message says why, and so does its status.</exception>
    public async ValueTask SegmentReadyAsync(string name, CancellationToken cancellationToken = default)
    {
        Defined(name);
        await Task.Run(Store.RunSegments, cancellationToken).ConfigureAwait(false);
        await Store.CommitAsync(cancellationToken).ConfigureAwait(false);
        if (Store.FaultOfSegment(name) is { } fault)
        {
            throw new InvalidOperationException($"The segment '{name}' is not kept current. {fault}");
        }
    }

    /// <summary>Finds what time has changed by the clock's now, and finishes what is being built; completes when that is durable.</summary>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>How many profiles were looked at.</returns>
    /// <remarks>A worker in the background does so by itself. This is for hosts that turn a clock of their own.</remarks>
    public async ValueTask<long> RunSegmentsAsync(CancellationToken cancellationToken = default)
    {
        var done = await Task.Run(Store.RunSegments, cancellationToken).ConfigureAwait(false);
        await Store.CommitAsync(cancellationToken).ConfigureAwait(false);
        return done;
    }

    /// <summary>Follows who enters and leaves segments, from the first change or from a position, and goes on with those to come.</summary>
    /// <param name="name">The segment; null for all of them.</param>
    /// <param name="from">Where an earlier subscription stood; null for the beginning.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <returns>
    /// Durable changes only, each once, in the order in which they were found within a lane. A change that time has done has the
    /// exact instant, also where it was found later. Those who were members when a segment was defined enter it with the cause
    /// <see cref="SegmentChangeCause.Definition"/>.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The database is closed, or was closed meanwhile: that ends the subscription.</exception>
    /// <exception cref="ArgumentException">The position is not one of this store.</exception>
    public IAsyncEnumerable<SegmentChange> SegmentChangesAsync(
        string? name = null, StorePosition? from = null, CancellationToken cancellationToken = default) =>
        Store.FollowSegmentsAsync(name, from, cancellationToken);

    /// <summary>Gets who entered and left segments, as far as that is durable now, from the first change or from a position.</summary>
    /// <param name="name">The segment; null for all of them.</param>
    /// <param name="from">Where an earlier reading stood; null for the beginning.</param>
    /// <exception cref="ArgumentException">The position is not one of this store.</exception>
    public IEnumerable<SegmentChange> SegmentChanges(string? name = null, StorePosition? from = null) =>
        Store.DurableChanges(name, from);

    /// <summary>Counts the members that a segment has now.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number that is kept; while it is not known yet, every profile is evaluated.</returns>
    /// <exception cref="ArgumentException">There is no segment of that name.</exception>
    public long CountSegment(string name)
    {
        var definition = Defined(name);
        return Store.CountMembers(name) ?? CountSegment(definition, SegmentNow());
    }

    /// <summary>Gets members that a segment has now, ordered by id, a page at a time.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="after">The last member of the page before; null for the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <exception cref="ArgumentException">There is no segment of that name.</exception>
    public IReadOnlyList<ProfileSummary> SegmentMembers(string name, ProfileId? after = null, int limit = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var definition = Defined(name);
        var ids = Store.Members(name, after, limit)
            ?? [.. Members(definition, SegmentNow()).Where(id => after is not { } last || id.Value > last.Value).Take(limit)];
        return [.. ids.Select(Store.Summary)];
    }

    /// <summary>Tells whether a profile is a member of a segment now.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="name">The name of the segment.</param>
    /// <remarks>Looks at a bit, unless time may have changed it in this very moment.</remarks>
    /// <exception cref="ArgumentException">There is no segment of that name.</exception>
    public bool IsMember(Identifier profile, string name) =>
        Store.IsMember(profile, name) ?? IsMember(profile, Defined(name), SegmentNow());

    /// <summary>Counts the members that two segments have in common now.</summary>
    /// <exception cref="ArgumentException">There is no segment of one of the names.</exception>
    public long SegmentOverlap(string one, string other)
    {
        var (first, second) = (Defined(one), Defined(other));
        return Store.CountOverlap(one, other) ?? CountBoth(first, second, SegmentNow());
    }

    /// <summary>Gets how many members a segment had at the end of each hour or day.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="from">The first instant; its hour or day is the first.</param>
    /// <param name="to">The last instant; its hour or day is the last. Null for now, and never later.</param>
    /// <param name="unit"><see cref="TimeUnit.Hour"/>, or <see cref="TimeUnit.Day"/> for days of the account's zone.</param>
    /// <remarks>
    /// As it was known then: a late event changes the count from when it arrived. Before the segment was defined the count is 0.
    /// Kept by the hour of UTC; in a zone that is off by a part of an hour a day begins with the hour that holds its first moment.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// There is no segment of that name, the unit is another, or there are more than 100,000 hours or days.
    /// </exception>
    public IReadOnlyList<SegmentCount> SegmentHistory(string name, Instant from, Instant? to = null, TimeUnit unit = TimeUnit.Day)
    {
        _ = Defined(name);
        if (unit is not (TimeUnit.Hour or TimeUnit.Day))
        {
            throw new ArgumentException("A history is by hour or by day.", nameof(unit));
        }

        var now = SegmentNow();
        var last = to < now ? to.Value : now;
        if ((last.UnixMs - from.UnixMs) / (unit == TimeUnit.Day ? 24 : 1) / HourlyCounts.HourMs > UnitsMax)
        {
            throw new ArgumentException($"That is a history of more than {UnitsMax} units.", nameof(from));
        }

        return SegmentHistories.Of(Store.HourlyChanges(name), from, last, unit, Zone);
    }

    /// <summary>Gets the definition of a segment.</summary>
    /// <returns>Null where there is none of that name, or it cannot be read, which its status tells.</returns>
    public SegmentDefinition? Segment(string name)
    {
        using var gate = Store.EnterAll();
        return Store.State.Definitions.Segment(name);
    }

    /// <summary>Counts the members of a segment.</summary>
    /// <param name="definition">Any definition; it need not be saved.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <remarks>Evaluates every profile. Writers go on meanwhile; each profile is seen as it is when it is looked at.</remarks>
    public long CountSegment(SegmentDefinition definition, Instant? asOf = null) =>
        Members(definition, At(asOf)).LongCount();

    /// <summary>Gets the members of a segment, ordered by id.</summary>
    /// <param name="definition">Any definition; it need not be saved.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    public IEnumerable<ProfileSummary> SegmentMembers(SegmentDefinition definition, Instant? asOf = null) =>
        Members(definition, At(asOf)).Select(Store.Summary);

    /// <summary>Tells whether a profile is a member of a segment.</summary>
    public bool IsMember(Identifier profile, SegmentDefinition definition, Instant? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        using var gate = EnterFor(definition);
        return Store.Read(
            profile,
            (definition, At: At(asOf), Zone),
            static (history, ask) => ask.definition.Holds(new EvaluationContext(history, ask.At, ask.Zone)));
    }

    /// <summary>Tells why a profile is a member of a segment or not, and until when if nothing happens.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="definition">Any definition; it need not be saved.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>Null where no profile has the identifier.</returns>
    /// <remarks>
    /// Until when it stays is looked for at one instant after the other at which it could change, up to 16,384 of them, fewer where the
    /// definition reads more than 4,096 events of the profile; writers go on meanwhile. Where the profile itself is written to again and
    /// again, the search ends where it stands.
    /// </remarks>
    public SegmentExplanation? ExplainSegment(Identifier profile, SegmentDefinition definition, Instant? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Store.Explain(profile, definition, At(asOf));
    }

    // Not as one condition: each may be as deeply nested as a condition may be.
    private long CountBoth(SegmentDefinition one, SegmentDefinition other, Instant at)
    {
        var members = Members(one, at).ToHashSet();
        return Members(other, at).LongCount(members.Contains);
    }

    // Where the clock was set back, segments of a name stand where they were until it has caught up.
    private Instant SegmentNow() => Store.SegmentNow(Store.Now);

    // Objects may be in any lane.
    private GateScope EnterFor(SegmentDefinition definition) =>
        definition.Dependencies.ObjectTypes.Count > 0 ? Store.EnterAll() : default;

    private IEnumerable<ProfileId> Members(SegmentDefinition definition, Instant at)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Store.Scan(definition, at);
    }

    private SegmentDefinition Defined(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Segment(name) ?? throw new ArgumentException(
            SegmentStatus(name)?.Fault ?? $"There is no segment '{name}'.", nameof(name));
    }
}
