using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

// Accounts and custom objects: profiles whose identifier is of a kind object.TYPE, and that have no other. A relation is a
// record on either side, in one cut because all gates are held.
internal sealed partial class Store
{
    /// <summary>Gets the ids of the objects that exist at T and of which something holds, in ascending order.</summary>
    internal IEnumerable<ProfileId> ScanObjects(Instant at, Func<LaneHistory, Instant, bool> holds) =>
        Scan(at, holds, objects: true);

    internal CustomerObject? ReadObject(ProfileId id, Instant at)
    {
        var profile = ProfileKey.Of(id);
        using var gate = Enter(profile.Lane);
        var read = ObjectReader.Object(_lanes[profile.Lane].HistoryUnderGate(profile), State, at);
        SettleUnderGate(profile.Lane);
        return read;
    }

    /// <summary>Lets the extension look objects up, which may stand in any lane.</summary>
    internal void OpenObjects()
    {
        if (!State.ExtensionReadsObjects)
        {
            using var gate = EnterAll();
            State.ExtensionReadsObjects = true;
        }
    }

    internal IReadOnlyList<Relation> Relations(in Identifier of, string? name, Instant at)
    {
        // Who the other side is may stand in any lane.
        using var gate = EnterAll();
        if (!State.TryFind(of, out var found))
        {
            return [];
        }

        var relations = ObjectReader.Relations(State, State.Merges.Root(found), name, at);
        SettleUnderAllGates();
        return relations;
    }

    /// <summary>Refuses what an object cannot be written, as far as the write itself tells.</summary>
    private static Rejection? CheckObject(CustomerWrite write)
    {
        for (var i = 0; i < write.Profile.Count; i++)
        {
            if (write.Profile[i].Kind.ObjectType is not null)
            {
                return CheckObject(write, isObject: true);
            }
        }

        return write is RelationWrite relation ? CheckRelation(relation) : null;
    }

    private static Rejection? CheckObject(CustomerWrite write, bool isObject)
    {
        return (isObject, write) switch
        {
            (false, _) => null,
            (_, RelationWrite) => new Rejection(0, "profile", "A relation is between a profile and an object."),
            (_, ConsentWrite or ListWrite) => new Rejection(0, "profile", "Objects have no consents and are on no lists."),
            (_, { Profile.Count: > 1 }) => new Rejection(0, "profile", "An object has one identifier and no other."),
            _ => null,
        };
    }

    private static Rejection? CheckRelation(RelationWrite relation)
    {
        return relation.Object is { Value: null } or { Kind.ObjectType: null }
            ? new Rejection(0, "object", "A relation names its object: make it with Identifier.Object.")
            : null;
    }

    /// <summary>Refuses what an object cannot be written, where it is named by its internal id.</summary>
    private Rejection? CheckObjectUnderGate(ProfileKey profile, CustomerWrite write) =>
        CheckObject(write, State.IsObject(profile));

    private Rejection? CheckObjectUnderAllGates(CustomerWrite write)
    {
        foreach (var identifier in write.Profile)
        {
            if (identifier.Kind == IdentifierKind.Id
                && State.TryFind(identifier, out var profile)
                && CheckObjectUnderGate(profile, write) is { } rejection)
            {
                return rejection;
            }
        }

        return null;
    }

    private void RelateUnderAllGates(ProfileKey profile, ProfileKey other, Instant time, RelationWrite relation)
    {
        var (here, there) = (_lanes[profile.Lane], _lanes[other.Lane]);

        // What has to be read or announced comes first: each record says where the other one is at the earliest.
        here.State.Profiles.LoadFacts(profile.Ordinal);
        there.State.Profiles.LoadFacts(other.Ordinal);
        _ = here.Records.CodeOf(relation.Name);
        _ = there.Records.CodeOf(relation.Name);
        var (hereTail, thereTail) = (here.Log.Tail.Value, there.Log.Tail.Value);
        here.RelateUnderGate(profile.Ordinal, other, thereTail, time, relation);
        there.RelateUnderGate(other.Ordinal, profile, hereTail, time, relation);
    }

    private WriteResult RelateUnderAllGates(RelationWrite relation)
    {
        if (CheckObjectUnderAllGates(relation) is { } rejection)
        {
            return new WriteResult(default, null, false, null, rejection);
        }

        if (FirstSuppressed([.. relation.Profile, relation.Object]) is { } refused)
        {
            return Refused("profile", refused);
        }

        var time = relation.Time ?? Now;
        var (profile, conflict, unknownId) = Known(relation) is { } known
            ? (known, (Identifier?)null, (Identifier?)null)
            : Resolve(relation.Profile, time);
        if (unknownId is not null)
        {
            return Refused("profile", $"No profile has {unknownId}.");
        }

        var other = State.TryFind(relation.Object, out var found)
            ? found
            : LaneFor(relation.Object).CreateUnderGate(time, [relation.Object]);
        RelateUnderAllGates(profile, other, time, relation);
        var root = State.Merges.Root(profile);
        TellObjectsChanged(root, time > Now ? time : Now);
        return new WriteResult(root.Id, null, false, conflict, null);
    }
}
