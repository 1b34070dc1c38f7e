using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Klaviyo.Storage.Index;

/// <summary>Which profile an identifier was given to, over all lanes.</summary>
/// <remarks>
/// <para>16 bytes an identifier: 88 bits of a hash that the store's id is part of, and the profile. The identifiers themselves
/// stand in the facts. Of a hundred million identifiers, two share 88 bits in one store of a hundred billion.</para>
/// <para>256 parts by the first bits of the hash, each a table with open addressing, so that none is large when it grows.</para>
/// </remarks>
/// <threadsafety>
/// All members are safe for concurrent use. Changes are made by one thread at a time: the store's identity gate. Who looks somebody
/// up waits for nobody, but for the moment of a change.
/// </threadsafety>
internal sealed class IdentifierTable
{
    private const int Parts = 256;
    private const int FirstPlaces = 8;
    private const int Lanes = 256;
    private const int ProfileBits = 40;
    private const ulong ProfileMask = (1UL << ProfileBits) - 1;

    private readonly System.Threading.Lock _gate = new();
    private readonly Part[] _parts = new Part[Parts];
    private readonly int[] _loadedMax = Enumerable.Repeat(-1, Lanes).ToArray();
    private readonly long _seed;
    private long _places;
    private WriteVersion _changes;

    internal IdentifierTable(Guid storeId)
    {
        Span<byte> id = stackalloc byte[16];
        storeId.TryWriteBytes(id);
        _seed = unchecked((long)XxHash3.HashToUInt64(id));
    }

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long Bytes => Volatile.Read(ref _places) * Entry.Bytes;

    /// <summary>Gets how often anything was changed.</summary>
    internal long Version => _changes.Number;

    /// <summary>Hashes an identifier.</summary>
    [SkipLocalsInit]
    internal Entry EntryOf(in Identifier identifier)
    {
        const int OnStack = 512;
        var size = Encoding.UTF8.GetMaxByteCount(identifier.Kind.Name.Length + identifier.Value.Length) + 1;
        var bytes = size <= OnStack ? stackalloc byte[OnStack] : new byte[size];
        var kind = Encoding.UTF8.GetBytes(identifier.Kind.Name, bytes);
        bytes[kind++] = (byte)':';
        var hash = XxHash128.HashToUInt128(bytes[..(kind + Encoding.UTF8.GetBytes(identifier.Value, bytes[kind..]))], _seed);

        // The high half is never 0: that marks a place as empty.
        var high = (ulong)(hash >> 64);
        return new Entry { High = high == 0 ? 1 : high, Low = unchecked((ulong)hash) & ~ProfileMask };
    }

    /// <summary>Has the place where an identifier would be brought into the cache.</summary>
    /// <remarks>Only under the identity gate.</remarks>
    internal void FetchAhead(in Entry entry)
    {
        if (PartOf(entry).Entries is { } entries)
        {
            CacheLine.Fetch(ref entries[Home(entry, entries.Length)]);
        }
    }

    /// <summary>Finds the profile that an identifier was given to: not yet the one that it was merged into.</summary>
    internal bool TryGet(in Identifier identifier, out ProfileKey profile) => TryGet(EntryOf(identifier), out profile);

    /// <summary>Finds the profile that the identifier of a hash was given to.</summary>
    internal bool TryGet(in Entry entry, out ProfileKey profile)
    {
        if (_changes.TryRead(out var version))
        {
            var found = Look(entry, out profile);
            if (_changes.IsStill(version))
            {
                return found;
            }
        }

        lock (_gate)
        {
            return Look(entry, out profile);
        }
    }

    internal void Set(in Identifier identifier, ProfileKey profile)
    {
        var entry = EntryOf(identifier);
        entry.Low |= ((ulong)profile.Lane << 32) | (uint)profile.Ordinal;
        using (BeginChange())
        {
            Set(ref PartOf(entry), entry);
        }
    }

    /// <summary>Takes an identifier away from whomever it was given to.</summary>
    internal void Remove(in Identifier identifier)
    {
        var entry = EntryOf(identifier);
        using (BeginChange())
        {
            ref var part = ref PartOf(entry);
            if (part.Entries is not null && Find(part.Entries, entry) is >= 0 and var place)
            {
                Remove(part.Entries, place);
                part.Count--;
            }
        }
    }

    /// <summary>Takes away every identifier of profiles of which something holds.</summary>
    internal void RemoveWhere(Func<ProfileKey, bool> holds)
    {
        using (BeginChange())
        {
            foreach (ref var part in _parts.AsSpan())
            {
                RemoveWhere(ref part, holds);
            }
        }
    }

    /// <summary>Gets one of the <see cref="PartCount"/> parts as bytes, for a checkpoint.</summary>
    internal byte[] Save(int part)
    {
        lock (_gate)
        {
            return MemoryMarshal.AsBytes((_parts[part].Entries ?? []).Where(e => e.High != 0).ToArray().AsSpan()).ToArray();
        }
    }

    /// <summary>Takes in what <see cref="Save"/> gave.</summary>
    internal void Load(ReadOnlySpan<byte> saved)
    {
        if (saved.Length % Entry.Bytes != 0)
        {
            throw new InvalidDataException("A part of the identifiers has no whole number of them.");
        }

        using (BeginChange())
        {
            foreach (var entry in MemoryMarshal.Cast<byte, Entry>(saved))
            {
                if (entry.High == 0)
                {
                    throw new InvalidDataException("An identifier has no hash.");
                }

                var profile = KeyOf(entry);
                _loadedMax[profile.Lane] = Math.Max(_loadedMax[profile.Lane], profile.Ordinal);
                Set(ref PartOf(entry), entry);
            }
        }
    }

    /// <summary>Gets the greatest number of a profile of a lane that was loaded; −1 where none was.</summary>
    internal int LoadedMax(int lane) => _loadedMax[lane];

    internal const int PartCount = Parts;

    private static ProfileKey KeyOf(in Entry entry) => new((int)(entry.Low >> 32 & 0xFF), (int)(entry.Low & int.MaxValue));

    private ChangeScope BeginChange()
    {
        _gate.Enter();
        _changes.Begin();
        return new ChangeScope(this);
    }

    private bool Look(in Entry entry, out ProfileKey profile)
    {
        var entries = PartOf(entry).Entries;
        var place = entries is null ? -1 : Find(entries, entry);
        profile = place < 0 ? default : KeyOf(entries![place]);
        return place >= 0;
    }

    private static int Find(Entry[] entries, in Entry sought)
    {
        for (var place = Home(sought, entries.Length); entries[place].High != 0; place = (place + 1) & (entries.Length - 1))
        {
            if (entries[place].IsSameIdentifier(sought))
            {
                return place;
            }
        }

        return -1;
    }

    private static int Home(in Entry entry, int places) => (int)(entry.High & (ulong)(places - 1));

    // What stands behind moves up, so that no search ends too early.
    private static void Remove(Entry[] entries, int hole)
    {
        var mask = entries.Length - 1;
        for (var place = (hole + 1) & mask; entries[place].High != 0; place = (place + 1) & mask)
        {
            var home = Home(entries[place], entries.Length);
            if (((place - home) & mask) >= ((place - hole) & mask))
            {
                entries[hole] = entries[place];
                hole = place;
            }
        }

        entries[hole] = default;
    }

    private static void RemoveWhere(ref Part part, Func<ProfileKey, bool> holds)
    {
        var entries = part.Entries ?? [];
        var kept = entries.Where(e => e.High != 0 && !holds(KeyOf(e))).ToArray();
        if (kept.Length == part.Count)
        {
            return;
        }

        Array.Clear(entries);
        part.Count = kept.Length;
        foreach (var entry in kept)
        {
            Place(entries, entry);
        }
    }

    private void Set(ref Part part, in Entry entry)
    {
        if (part.Entries is null || part.Count * 4 >= part.Entries.Length * 3)
        {
            Grow(ref part);
        }

        if (Find(part.Entries!, entry) is >= 0 and var known)
        {
            part.Entries![known] = entry;
            return;
        }

        Place(part.Entries!, entry);
        part.Count++;
    }

    private static void Place(Entry[] entries, in Entry entry)
    {
        var place = Home(entry, entries.Length);
        while (entries[place].High != 0)
        {
            place = (place + 1) & (entries.Length - 1);
        }

        entries[place] = entry;
    }

    private void Grow(ref Part part)
    {
        var grown = new Entry[part.Entries is null ? FirstPlaces : part.Entries.Length * 2];
        foreach (var entry in part.Entries ?? [])
        {
            if (entry.High != 0)
            {
                Place(grown, entry);
            }
        }

        _places += grown.Length - (part.Entries?.Length ?? 0);
        part.Entries = grown;
    }

    private ref Part PartOf(in Entry entry) => ref _parts[entry.High >> 56];

    private readonly ref struct ChangeScope(IdentifierTable table)
    {
        public void Dispose()
        {
            table._changes.End();
            table._gate.Exit();
        }
    }

    private struct Part
    {
        internal Entry[]? Entries;
        internal int Count;
    }

    /// <summary>88 bits of a hash, and the profile, where it is known.</summary>
    internal struct Entry
    {
        internal const int Bytes = 16;
        internal ulong High;
        internal ulong Low;

        internal readonly bool IsSameIdentifier(in Entry other) =>
            High == other.High && ((Low ^ other.Low) & ~ProfileMask) == 0;
    }
}
