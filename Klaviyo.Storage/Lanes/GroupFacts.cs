using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>The list memberships and consents of a profile, with those of all that was merged into it.</summary>
/// <threadsafety>One caller at a time, who holds the gates of all lanes that the profile has a part in.</threadsafety>
internal sealed class GroupFacts(StoreState state)
{
    private readonly List<Entry> _entries = [];

    /// <summary>Finds since when the profile is on a list; null where it is not.</summary>
    internal Instant? MemberSince(ProfileParts parts, string list, Instant at)
    {
        Instant? since = null;
        foreach (var entry in InOrder(parts, list, FactKind.List))
        {
            if (entry.TimeMs <= at.UnixMs)
            {
                // Being put on a list again does not change since when one is on it.
                since = entry.Member ? since ?? entry.Time : null;
            }
        }

        return since;
    }

    /// <summary>Gets every write to a list membership up to an instant.</summary>
    internal List<ListChange> ListChanges(ProfileParts parts, string list, Instant at) =>
        [.. InOrder(parts, list, FactKind.List).Where(e => e.TimeMs <= at.UnixMs).Select(e => new ListChange(e.Time, e.Member))];

    /// <summary>Gets the consent at an instant; null where there was none.</summary>
    internal Consent? Consent(ProfileParts parts, string channel, Instant at)
    {
        Consent? last = null;
        foreach (var entry in InOrder(parts, channel, FactKind.Consent))
        {
            if (entry.TimeMs <= at.UnixMs)
            {
                last = new Consent(channel, entry.Status, entry.Time, entry.Method);
            }
        }

        return last;
    }

    /// <summary>Gets every consent up to an instant.</summary>
    internal List<Consent> Consents(ProfileParts parts, string channel, Instant at)
    {
        return [.. InOrder(parts, channel, FactKind.Consent).Where(e => e.TimeMs <= at.UnixMs)
            .Select(e => new Consent(channel, e.Status, e.Time, e.Method))];
    }

    /// <summary>Gets the first instant after another at which something of a list or channel was written; null for none.</summary>
    internal Instant? NextAfter(ProfileParts parts, string name, FactKind kind, Instant at)
    {
        foreach (var entry in InOrder(parts, name, kind))
        {
            if (entry.TimeMs > at.UnixMs)
            {
                return entry.Time;
            }
        }

        return null;
    }

    // By time, then arrival. One profile's own entries are in order already; those of several are put in order here.
    private List<Entry> InOrder(ProfileParts parts, string name, FactKind kind)
    {
        _entries.Clear();
        foreach (var part in parts.All)
        {
            var lane = state.Lanes[part.Profile.Lane];
            if (lane.Names.TryGetCode(name, out var code))
            {
                foreach (var fact in lane.Profiles.Facts(part.Profile.Ordinal).Of(kind, code))
                {
                    _entries.Add(Entry.Of(fact));
                }
            }
        }

        return parts.Count == 1 ? _entries : [.. _entries.OrderBy(e => e.TimeMs).ThenBy(e => e.Address)];
    }

    private readonly record struct Entry(long TimeMs, long Address, bool Member, ConsentStatus Status, string Method)
    {
        internal Instant Time => Instant.FromUnixMs(TimeMs);

        internal static Entry Of(in Fact fact)
        {
            return fact.Kind == FactKind.List
                ? new Entry(fact.TimeMs, fact.Address, fact.Member, default, "")
                : new Entry(fact.TimeMs, fact.Address, false, fact.Status, fact.Method);
        }
    }
}
