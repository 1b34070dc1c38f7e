using Klaviyo.Json;
using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Gets the names of the defined segments, in order.</summary>
    public IReadOnlyList<string> Segments
    {
        get
        {
            using var gate = Store.EnterAll();
            return [.. Store.State.Definitions.Segments.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Defines a segment, or replaces its definition; completes when that is durable.</summary>
    /// <param name="name">Its name, by which other definitions may refer to it.</param>
    /// <param name="definition">What a member is.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <exception cref="DefinitionException">It would refer to itself through other segments.</exception>
    public ValueTask DefineSegmentAsync(
        string name, SegmentDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(definition);
        using (Store.EnterAll())
        {
            Store.State.Definitions.ThrowIfCircular(name, definition);
        }

        return Store.DefineAsync(StoreDefinition.Segment, name, SegmentJson.Write(definition), cancellationToken);
    }

    /// <summary>Gets the definition of a segment.</summary>
    /// <returns>Null where there is none of that name.</returns>
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
    public SegmentExplanation? ExplainSegment(Identifier profile, SegmentDefinition definition, Instant? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(definition);
        using var gate = EnterFor(definition);
        return Store.Read(profile, (definition, At: At(asOf), Zone), static (history, ask) =>
        {
            var context = new EvaluationContext(history, ask.At, ask.Zone);
            var why = ask.definition.Explain(context);
            return new SegmentExplanation(history.Id, ask.definition.Holds(context), ask.At, why.NextFlip, why);
        });
    }

    // Objects may be in any lane.
    private GateScope EnterFor(SegmentDefinition definition) =>
        definition.Dependencies.ObjectTypes.Count > 0 ? Store.EnterAll() : default;

    private IEnumerable<ProfileId> Members(SegmentDefinition definition, Instant at)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return Store.Scan(at, (h, t) => definition.Holds(new EvaluationContext(h, t, Store.Zone)));
    }
}
