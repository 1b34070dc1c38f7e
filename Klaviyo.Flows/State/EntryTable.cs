using Klaviyo.Storage.Images;

namespace Klaviyo.Flows.State;

/// <summary>When profiles last entered flows, of entries whose runs have ended: the runs under way know it themselves.</summary>
/// <remarks>24 bytes an entry. An image is made of pages of 64 profiles.</remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class EntryTable
{
    private const int PageBits = 6;
    private const int None = -1;
    private readonly Slab<Entry> _entries = new();
    private readonly ProfileChains<Entry> _byProfile;

    internal EntryTable() => _byProfile = new ProfileChains<Entry>(_entries);

    /// <summary>Gets or sets the image under way; null for none.</summary>
    internal PagedImage? Image { get; set; }

    /// <summary>Gets how many pages there are.</summary>
    internal int Pages => _byProfile.End >> PageBits;

    /// <summary>Gets how many entries there are.</summary>
    internal int Count => _entries.Count;

    /// <summary>Gets when a profile last entered a flow; null for never.</summary>
    internal Instant? this[int flow, int ordinal]
    {
        get
        {
            var slot = Find(flow, ordinal);
            return slot == None ? null : Instant.FromUnixMs(_entries[slot].AtMs);
        }
    }

    /// <summary>Notes an entry, unless a later one is known.</summary>
    internal void Note(int flow, int ordinal, Instant at)
    {
        var slot = Find(flow, ordinal);
        if (slot != None)
        {
            if (at.UnixMs > _entries[slot].AtMs)
            {
                Keep(ordinal);
                _entries.Bare(slot).AtMs = at.UnixMs;
            }

            return;
        }

        Keep(ordinal);
        slot = _entries.Vacant();
        ref var entry = ref _entries.Take(slot);
        (entry.Flow, entry.Ordinal, entry.AtMs) = (flow, ordinal, at.UnixMs);
        _byProfile.Add(slot);
    }

    /// <summary>Gives the entries of a profile to another.</summary>
    internal void Merge(int source, int destination)
    {
        for (var slot = _byProfile.First(source); slot != None; slot = _byProfile.First(source))
        {
            var (flow, at) = (_entries[slot].Flow, Instant.FromUnixMs(_entries[slot].AtMs));
            Drop(slot);
            Note(flow, destination, at);
        }
    }

    /// <summary>Forgets the entries of a profile.</summary>
    internal void Erase(int ordinal)
    {
        for (var slot = _byProfile.First(ordinal); slot != None; slot = _byProfile.First(ordinal))
        {
            Drop(slot);
        }
    }

    /// <summary>Gets the entries of a page, by profile, then flow.</summary>
    internal IEnumerable<(int Flow, int Ordinal, Instant At)> In(int page)
    {
        var flows = new List<(int Flow, long AtMs)>();
        for (var ordinal = page << PageBits; ordinal < (page + 1) << PageBits; ordinal++)
        {
            flows.Clear();
            for (var slot = _byProfile.First(ordinal); slot != None; slot = _byProfile.After(slot))
            {
                flows.Add((_entries[slot].Flow, _entries[slot].AtMs));
            }

            flows.Sort();
            foreach (var (flow, atMs) in flows)
            {
                yield return (flow, ordinal, Instant.FromUnixMs(atMs));
            }
        }
    }

    private int Find(int flow, int ordinal)
    {
        var slot = _byProfile.First(ordinal);
        while (slot != None && _entries[slot].Flow != flow)
        {
            slot = _byProfile.After(slot);
        }

        return slot;
    }

    private void Keep(int ordinal) => Image?.Keep(ordinal >> PageBits);

    private void Drop(int slot)
    {
        Keep(_entries[slot].Ordinal);
        _byProfile.Remove(slot);
        _entries.Free(slot);
    }

    private struct Entry : ISlabItem, IOfProfile
    {
        private const int NotUsed = 0;
        private int _flowAndOne;

        internal long AtMs { get; set; }

        public int Ordinal { get; set; }

        public int Next { get; set; }

        public bool IsUsed
        {
            readonly get => _flowAndOne != NotUsed;
            set => _flowAndOne = value ? 1 : NotUsed;
        }

        internal int Flow
        {
            readonly get => _flowAndOne - 1;
            set => _flowAndOne = value + 1;
        }

        int ISlabItem.NextFree
        {
            readonly get => Next;
            set => Next = value;
        }

        int ISlabItem.PreviousFree
        {
            readonly get => Ordinal;
            set => Ordinal = value;
        }
    }
}
