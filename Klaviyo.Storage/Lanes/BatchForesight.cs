using System.Runtime.CompilerServices;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>Looks a few writes of a batch ahead: finds their profiles, and has what they will touch brought into the cache.</summary>
/// <remarks>
/// In three passes over a group, after <i>Improving Hash Join Performance through Prefetching</i> (Chen et al., ICDE 2004): by
/// the time a pass needs what the one before has asked for, it is there. Whom a write belongs to may change by a write before
/// it, so what was found holds only while no identifier was given or taken.
/// </remarks>
/// <threadsafety>One caller at a time, who holds the identity gate and those of all lanes.</threadsafety>
internal sealed class BatchForesight(StoreState state)
{
    private const int GroupWrites = BatchEncoder.GroupWrites;
    private static readonly int PropertyBytes = Unsafe.SizeOf<KeyValuePair<string, PropertyValue>>();

    private readonly IdentifierTable.Entry[] _sought = new IdentifierTable.Entry[GroupWrites];
    private readonly ProfileKey?[] _found = new ProfileKey?[GroupWrites];
    private long _version;

    /// <summary>Gets the profile of a write that has one identifier, if it is known already and nothing has changed since.</summary>
    /// <param name="index">Which write of the group.</param>
    internal ProfileKey? ProfileUnderAllGates(int index) => _version == state.Identifiers.Version ? _found[index] : null;

    /// <summary>Tells whether a write names its profile by something that is looked up ahead.</summary>
    /// <remarks>What is not checked yet may name nobody at all; it is left to the way that all writes can go.</remarks>
    internal static bool IsSought(CustomerWrite? write) =>
        write?.Profile is { Count: 1 } && write.Profile[0] is { Value: not null } only && only.Kind != IdentifierKind.Id;

    /// <summary>Looks at the next group.</summary>
    /// <param name="writes">The batch.</param>
    /// <param name="first">The first write of the group.</param>
    /// <param name="encoded">The group as far as it is encoded; null where it is not.</param>
    internal void LookAheadUnderAllGates(ReadOnlySpan<CustomerWrite> writes, int first, BatchEncoder.Group? encoded)
    {
        FetchWrites(writes, first + GroupWrites);
        var count = Math.Min(GroupWrites, writes.Length - first);
        _version = state.Identifiers.Version;
        for (var i = 0; i < count; i++)
        {
            _sought[i] = encoded?.Sought(i) is { High: not 0 } known ? known : Seek(writes[first + i]);
            state.Identifiers.FetchAhead(_sought[i]);
        }

        for (var i = 0; i < count; i++)
        {
            _found[i] = Find(_sought[i]);
        }

        for (var i = 0; i < count; i++)
        {
            if (_found[i] is { } profile)
            {
                var coming = encoded is null ? default : encoded[i];
                state.Lanes[profile.Lane].Profiles.FetchRowsWith(profile.Ordinal, coming.Metric, coming.UniqueId);
            }
        }
    }

    /// <summary>Has some groups of writes brought into the cache, which may have been made a while ago.</summary>
    /// <remarks>One step into them a group, so that no step waits.</remarks>
    internal static void FetchWrites(ReadOnlySpan<CustomerWrite> writes, int next)
    {
        for (var i = next; i < Math.Min(next + GroupWrites, writes.Length); i++)
        {
            CacheLine.FetchObject(writes[i]?.Profile is { Count: 1 } profile ? profile[0].Value : null);
            if (writes[i] is CustomerEvent happened)
            {
                CacheLine.FetchObject(happened.UniqueId);
                CacheLine.FetchObject(happened.Properties?.Place, (happened.Properties?.Count ?? 0) * PropertyBytes);
            }
        }

        next += GroupWrites;
        for (var i = next; i < Math.Min(next + GroupWrites, writes.Length); i++)
        {
            CacheLine.FetchObject(writes[i]?.Profile);
            CacheLine.FetchObject((writes[i] as CustomerEvent)?.Properties);
        }

        next += GroupWrites;
        for (var i = next; i < Math.Min(next + GroupWrites, writes.Length); i++)
        {
            CacheLine.FetchObject(writes[i]);
        }
    }

    private IdentifierTable.Entry Seek(CustomerWrite write) =>
        IsSought(write) ? state.Identifiers.EntryOf(write.Profile[0]) : default;

    private ProfileKey? Find(in IdentifierTable.Entry sought)
    {
        if (sought.High == 0 || !state.Identifiers.TryGet(sought, out var profile))
        {
            return null;
        }

        CacheLine.Fetch(ref state.Slot(profile));
        return profile;
    }
}
