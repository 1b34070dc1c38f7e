using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>The properties of a profile, with those of all that was merged into it.</summary>
/// <remarks>
/// <para>The rank of a value is the place in the tree of the profile that answered when it was written: of the parts in their order,
/// the destination before its sources, the source that was merged first before the second. The lowest rank wins, within a rank the
/// latest time: so the destination's own values win, each source fills the gaps that those before it left, and what was written after
/// the merge, through whichever identifier, is a write like any other. What a destination shows, one more source never changes.</para>
/// <para>Identifiers are properties without a time. Of those with one rank, those of the destination win over those of its
/// sources, those of a source that was merged earlier over those of a later one, and within a profile the one that arrived
/// last. Arrival alone would not do: between lanes there is none.</para>
/// </remarks>
/// <threadsafety>One caller at a time, who holds the gates of all lanes that the profile has a part in.</threadsafety>
internal sealed class RankedProperties(StoreState state)
{
    private PropertyWrite[] _writes = new PropertyWrite[16];

    /// <summary>Gets the value at an instant; null where there is none.</summary>
    internal PropertyValue At(ProfileParts parts, string name, Instant at)
    {
        var (best, value) = (Candidate.None, PropertyValue.Null);
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts.All[i];
            var lane = state.Lanes[part.Profile.Lane];
            if (!lane.Names.TryGetCode(name, out var code))
            {
                continue;
            }

            // Of one profile the last that counts is the best: only that one is decoded.
            var facts = lane.Profiles.Facts(part.Profile.Ordinal);
            var bestHere = Candidate.None;
            var valueHere = default(Fact);
            Consider(facts.Of(FactKind.Identifier, code), parts, i, at, ref bestHere, ref valueHere);
            Consider(facts.Of(FactKind.Property, code), parts, i, at, ref bestHere, ref valueHere);
            if (bestHere.Rank != int.MaxValue && bestHere.Beats(best))
            {
                (best, value) = (bestHere, valueHere.Value(lane.Names));
            }
        }

        return value;
    }

    /// <summary>Gets every value that a property had, as it was seen. Valid until the next call.</summary>
    internal ReadOnlySpan<PropertyWrite> Writes(ProfileParts parts, string name)
    {
        if (parts.Count > 1)
        {
            return Seen(parts, name);
        }

        var count = 0;
        var lane = state.Lanes[parts.Root.Lane];
        if (lane.Names.TryGetCode(name, out var code))
        {
            var facts = lane.Profiles.Facts(parts.Root.Ordinal);
            Collect(facts.Of(FactKind.Identifier, code), lane.Names, ref count);
            Collect(facts.Of(FactKind.Property, code), lane.Names, ref count);
        }

        return _writes.AsSpan(0, count);
    }

    /// <summary>Gets the value at each instant for which one was written, by time. Valid until the next call.</summary>
    /// <remarks>
    /// A value that has won goes on winning until a better one comes, so all that was written is walked once, by time. Of what
    /// weighs the same the last counts, as it does in <see cref="At"/>: the order by time is stable.
    /// </remarks>
    internal Span<PropertyWrite> Seen(ProfileParts parts, string name)
    {
        var (best, count) = (Candidate.None, 0);
        var value = PropertyValue.Null;
        foreach (var written in Written(parts, name).OrderBy(w => w.Weight.TimeMs))
        {
            if (written.Weight.Beats(best))
            {
                (best, value) = written;
            }

            var time = Instant.FromUnixMs(written.Weight.TimeMs);
            count -= count > 0 && _writes[count - 1].Time == time ? 1 : 0;
            Add(new PropertyWrite(time, value), ref count);
        }

        return _writes.AsSpan(0, count);
    }

    private static void Consider(
        PackedFacts.Enumerator facts, ProfileParts parts, int part, Instant at, ref Candidate best, ref Fact bestFact)
    {
        while (facts.MoveNext())
        {
            var fact = facts.Current;
            if (fact.TimeMs > at.UnixMs)
            {
                break;
            }

            var candidate = new Candidate(parts.Answering(part, fact.Address), fact.TimeMs, part, fact.Address);
            if (candidate.Beats(best))
            {
                best = candidate;
                bestFact = fact;
            }
        }
    }

    private void Collect(PackedFacts.Enumerator facts, NameTable names, ref int count)
    {
        while (facts.MoveNext())
        {
            Add(new PropertyWrite(Instant.FromUnixMs(facts.Current.TimeMs), facts.Current.Value(names)), ref count);
        }
    }

    private void Add(in PropertyWrite write, ref int count)
    {
        if (count == _writes.Length)
        {
            Array.Resize(ref _writes, count * 2);
        }

        _writes[count++] = write;
    }

    // In the order in which At looks at them.
    private List<(Candidate Weight, PropertyValue Value)> Written(ProfileParts parts, string name)
    {
        var written = new List<(Candidate Weight, PropertyValue Value)>();
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts.All[i];
            var lane = state.Lanes[part.Profile.Lane];
            if (lane.Names.TryGetCode(name, out var code))
            {
                var facts = lane.Profiles.Facts(part.Profile.Ordinal);
                Weigh(facts.Of(FactKind.Identifier, code), parts, i, lane.Names, written);
                Weigh(facts.Of(FactKind.Property, code), parts, i, lane.Names, written);
            }
        }

        return written;
    }

    private static void Weigh(
        PackedFacts.Enumerator facts, ProfileParts parts, int part, NameTable names, List<(Candidate Weight, PropertyValue Value)> into)
    {
        while (facts.MoveNext())
        {
            var fact = facts.Current;
            into.Add((new Candidate(parts.Answering(part, fact.Address), fact.TimeMs, part, fact.Address), fact.Value(names)));
        }
    }

    /// <summary>How much a value counts against another.</summary>
    private readonly record struct Candidate(int Rank, long TimeMs, int Part, long Address)
    {
        internal static Candidate None => new(int.MaxValue, long.MinValue, int.MaxValue, long.MinValue);

        private bool HasTime => TimeMs != Instant.MinValue.UnixMs;

        internal bool Beats(in Candidate other)
        {
            return Rank != other.Rank ? Rank < other.Rank
                : TimeMs != other.TimeMs ? TimeMs > other.TimeMs
                : Part != other.Part && !HasTime ? Part < other.Part
                : Address >= other.Address;
        }
    }
}
