using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>The properties of a profile, with those of all that was merged into it.</summary>
/// <remarks>
/// <para>A value has one rank for each merge that came after it was written, on its way to the root. The lowest rank wins, within a
/// rank the latest time: so the destination's own values win, the sources fill gaps, and what was written after the merge, through
/// whichever identifier, is a write like any other.</para>
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
            Consider(facts.Of(FactKind.Identifier, code), part, i, at, ref bestHere, ref valueHere);
            Consider(facts.Of(FactKind.Property, code), part, i, at, ref bestHere, ref valueHere);
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
        var count = 0;
        foreach (var part in parts.All)
        {
            var lane = state.Lanes[part.Profile.Lane];
            if (lane.Names.TryGetCode(name, out var code))
            {
                var facts = lane.Profiles.Facts(part.Profile.Ordinal);
                count = Collect(facts.Of(FactKind.Identifier, code), lane.Names, count);
                count = Collect(facts.Of(FactKind.Property, code), lane.Names, count);
            }
        }

        return parts.Count == 1 ? _writes.AsSpan(0, count) : Effective(parts, name, count);
    }

    private static void Consider(
        PackedFacts.Enumerator facts, in ProfilePart part, int number, Instant at, ref Candidate best, ref Fact bestFact)
    {
        while (facts.MoveNext())
        {
            var fact = facts.Current;
            if (fact.TimeMs > at.UnixMs)
            {
                break;
            }

            var candidate = new Candidate(part.RankOf(fact.Address), fact.TimeMs, number, fact.Address);
            if (candidate.Beats(best))
            {
                best = candidate;
                bestFact = fact;
            }
        }
    }

    private int Collect(PackedFacts.Enumerator facts, NameTable names, int count)
    {
        while (facts.MoveNext())
        {
            if (count == _writes.Length)
            {
                Array.Resize(ref _writes, count * 2);
            }

            _writes[count++] = new PropertyWrite(Instant.FromUnixMs(facts.Current.TimeMs), facts.Current.Value(names));
        }

        return count;
    }

    // The values of a merged profile, as they were seen one after the other.
    private ReadOnlySpan<PropertyWrite> Effective(ProfileParts parts, string name, int count)
    {
        var times = _writes.AsSpan(0, count).ToArray().Select(w => w.Time).Distinct().Order().ToArray();
        for (var i = 0; i < times.Length; i++)
        {
            _writes[i] = new PropertyWrite(times[i], At(parts, name, times[i]));
        }

        return _writes.AsSpan(0, times.Length);
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
