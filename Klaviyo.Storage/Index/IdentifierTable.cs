using System.Buffers;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Klaviyo.Storage.Cold;

namespace Klaviyo.Storage.Index;

/// <summary>Which profile an identifier was given to, over all lanes.</summary>
/// <remarks>
/// <para>16 bytes an identifier: 88 bits of a hash that the store's id is part of, and the profile. The identifiers themselves
/// stand in the facts. Of a hundred million identifiers, two share 88 bits in one store of a hundred billion.</para>
/// <para>4096 parts by the first bits of the hash, so that none is large when it grows, each with open addressing and in the order
/// of the hashes: an identifier stands at its home, where hashes that are spread evenly would put it, or behind it with nothing free
/// between. So a search for one that nobody has ends at the first that is greater, and a part can be nearly full: it grows by
/// a quarter, at 85 of 100 places. Parts begin with different sizes and so grow at different times.</para>
/// <para>Above its bound the largest of 256 groups of parts goes to disk as a whole, merged with what was there of it: one run a group, so
/// that nobody is looked for in more than one place there. Who is found on disk is kept in memory again, marked as clean; clean ones are
/// left out first. Who is taken away and may be on disk stands in memory as gone until the next merge.</para>
/// </remarks>
/// <threadsafety>
/// All members are safe for concurrent use. Changes are made by one thread at a time: the store's identity gate. Who looks somebody
/// up waits for nobody, but for the moment of a change.
/// </threadsafety>
internal sealed partial class IdentifierTable : IDisposable
{
    private const int PartBits = 12;
    private const int Parts = 1 << PartBits;
    private const int PartsAGroup = Parts / PartCount;
    private const int FirstHomes = 4;
    private const int EvenHomesMax = 32;
    private const int SparePlacesMax = 16;
    private const int FullOf100 = 85;
    private const int Lanes = 256;
    private const int ProfileBits = 40;
    private const ulong ProfileMask = (1UL << ProfileBits) - 1;

    // The one bit that no lane and no ordinal needs, and the ordinal that no profile has.
    private const ulong Clean = 1UL << 31;
    private const ulong Gone = ProfileMask & ~Clean;
    private const int EntryShareMin = 4;

    private readonly System.Threading.Lock _gate = new();
    private readonly Part[] _parts = new Part[Parts];
    private readonly int[] _loadedMax = Enumerable.Repeat(-1, Lanes).ToArray();
    private readonly long _seed;
    private readonly IdentifierRuns? _runs;
    private readonly IdentifierRun?[] _onDisk = new IdentifierRun?[PartCount];
    private long _places;
    private long _runBytes;
    private long _given;
    private WriteVersion _changes;

    /// <summary>Initializes an empty table.</summary>
    /// <param name="storeId">What the hashes depend on.</param>
    /// <param name="runs">Where entries go that memory has no room for; null where it has room for all.</param>
    internal IdentifierTable(Guid storeId, IdentifierRuns? runs = null)
    {
        _runs = runs;
        Span<byte> id = stackalloc byte[16];
        storeId.TryWriteBytes(id);
        _seed = unchecked((long)XxHash3.HashToUInt64(id));
    }

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long Bytes => EntryBytes + Volatile.Read(ref _runBytes);

    /// <summary>Gets or sets the bytes of memory that this may take when it is settled; the default is no bound.</summary>
    internal long BytesMax { get; set; } = long.MaxValue;

    /// <summary>Gets the bytes that are on disk.</summary>
    internal long FileBytes
    {
        get
        {
            lock (_gate)
            {
                return _runs?.Bytes ?? 0;
            }
        }
    }

    /// <summary>Gets how often an identifier was given or taken away.</summary>
    internal long Version => _given;

    private long EntryBytes => Volatile.Read(ref _places) * Entry.Bytes;

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
        ref var part = ref PartOf(entry);
        if (part.Entries is { } entries)
        {
            CacheLine.Fetch(ref entries[Home(entry, part.Homes)]);
        }
    }

    /// <summary>Finds the profile that an identifier was given to: not yet the one that it was merged into.</summary>
    internal bool TryGet(in Identifier identifier, out ProfileKey profile) => TryGet(EntryOf(identifier), out profile);

    /// <summary>Finds the profile that the identifier of a hash was given to.</summary>
    /// <remarks>One read of the disk at most, for one who left memory; none in 99 of 100 cases for one that nobody has.</remarks>
    /// <exception cref="StoreCorruptedException">What is on disk is damaged.</exception>
    internal bool TryGet(in Entry entry, out ProfileKey profile)
    {
        if (_changes.TryRead(out var version))
        {
            var known = TryLook(entry, out var found, out profile);
            if (known && _changes.IsStill(version))
            {
                return found;
            }
        }

        lock (_gate)
        {
            return TryLook(entry, out var found, out profile) ? found : TryRead(entry, out profile);
        }
    }

    internal void Set(in Identifier identifier, ProfileKey profile)
    {
        var entry = EntryOf(identifier);
        entry.Low |= ((ulong)profile.Lane << 32) | (uint)profile.Ordinal;
        using (BeginChange())
        {
            _given++;
            Set(ref PartOf(entry), entry);
        }
    }

    /// <summary>Takes an identifier away from whomever it was given to.</summary>
    internal void Remove(in Identifier identifier)
    {
        var entry = EntryOf(identifier);
        using (BeginChange())
        {
            _given++;
            TakeAway(entry);
        }
    }

    /// <summary>Takes away every identifier of profiles of which something holds.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    internal void RemoveWhere(Func<ProfileKey, bool> holds)
    {
        lock (_gate)
        {
            _given++;
            for (var group = 0; group < PartCount; group++)
            {
                if (_onDisk[group] is { } run && _runs!.Read(run).Any(e => holds(KeyOf(e))))
                {
                    MoveToDisk(group, holds);
                }
            }
        }

        using (BeginChange())
        {
            foreach (var part in _parts)
            {
                // Whom to take away is asked of all before the first goes: the question may fail.
                foreach (var entry in Array.FindAll(part.Entries ?? [], e => e.High != 0 && !IsGone(e) && holds(KeyOf(e))))
                {
                    TakeAway(entry);
                }
            }
        }
    }

    /// <summary>Writes one of <see cref="PartCount"/> parts of all entries, for a checkpoint.</summary>
    internal void Save(int part, IBufferWriter<byte> saved)
    {
        lock (_gate)
        {
            foreach (var entry in Merged(part, static _ => false))
            {
                saved.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<Entry>(in entry)));
            }
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
            _given++;
            foreach (var each in MemoryMarshal.Cast<byte, Entry>(saved))
            {
                var entry = each with { Low = each.Low & ~Clean };
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

    internal const int PartCount = 256;

    private static ProfileKey KeyOf(in Entry entry) => new((int)(entry.Low >> 32 & 0xFF), (int)(entry.Low & int.MaxValue));

    private ChangeScope BeginChange()
    {
        _gate.Enter();
        _changes.Begin();
        return new ChangeScope(this);
    }

    // What memory and the filter say; false where the disk has to be asked.
    private bool TryLook(in Entry entry, out bool found, out ProfileKey profile)
    {
        var part = PartOf(entry);
        if (Find(part, entry) is >= 0 and var place)
        {
            var known = part.Entries![place];
            found = !IsGone(known);
            profile = found ? KeyOf(known) : default;
            return true;
        }

        (found, profile) = (false, default);
        return !MayBeOnDisk(entry);
    }

    private void TakeAway(in Entry entry)
    {
        if (MayBeOnDisk(entry))
        {
            Set(ref PartOf(entry), entry with { Low = (entry.Low & ~ProfileMask) | Gone });
        }
        else
        {
            Remove(ref PartOf(entry), entry);
        }
    }

    private bool MayBeOnDisk(in Entry entry) => _onDisk[GroupOf(entry)] is { } run && run.MayHold(entry);

    private static bool IsGone(in Entry entry) => (entry.Low & Gone) == Gone;

    private static int GroupOf(in Entry entry) => (int)(entry.High >> 56);

    // Who reads while somebody changes the part may see the places of before with the homes of after: the end of the places is
    // the end for him too.
    private static int Find(in Part part, in Entry sought)
    {
        var entries = part.Entries;
        if (entries is null)
        {
            return -1;
        }

        for (var place = Home(sought, part.Homes); place < entries.Length && !IsFreeOrBehind(entries[place], sought); place++)
        {
            if (entries[place].IsSameIdentifier(sought))
            {
                return place;
            }
        }

        return -1;
    }

    // A free place has the hash 0, one less of which is greater than all others.
    private static bool IsFreeOrBehind(in Entry entry, in Entry sought) => unchecked(entry.High - 1) > sought.High - 1;

    // The bits behind those that tell the part, as a share of the homes.
    private static int Home(in Entry entry, int homes) => (int)((entry.High >> (32 - PartBits) & uint.MaxValue) * (uint)homes >> 32);

    // What stands behind moves up, so that nothing is free between a home and who belongs there.
    private static void Remove(ref Part part, in Entry entry)
    {
        if (Find(part, entry) is not (>= 0 and var hole))
        {
            return;
        }

        var (entries, end) = (part.Entries!, hole + 1);
        while (end < entries.Length && entries[end].High != 0 && Home(entries[end], part.Homes) < end)
        {
            end++;
        }

        entries.AsSpan((hole + 1)..end).CopyTo(entries.AsSpan(hole));
        entries[end - 1] = default;
        part.Count--;
    }

    private void Set(ref Part part, in Entry entry)
    {
        if (Find(part, entry) is >= 0 and var known)
        {
            part.Entries![known] = entry;
            return;
        }

        while (IsFull(part) || !TryInsert(part, entry))
        {
            Grow(ref part, entry);
        }

        part.Count++;
    }

    private static bool IsFull(in Part part) => part.Count * 100L >= part.Homes * (long)FullOf100;

    private static bool TryInsert(in Part part, in Entry entry)
    {
        var entries = part.Entries!;
        var place = Home(entry, part.Homes);
        while (place < entries.Length && !IsFreeOrBehind(entries[place], entry))
        {
            place++;
        }

        var free = place;
        while (free < entries.Length && entries[free].High != 0)
        {
            free++;
        }

        if (free == entries.Length)
        {
            return false;
        }

        entries.AsSpan(place..free).CopyTo(entries.AsSpan(place + 1));
        entries[place] = entry;
        return true;
    }

    // The end may be full long before the rest only where the hashes are no hashes: more homes would be no help then.
    private void Grow(ref Part part, in Entry coming)
    {
        var old = part.Entries ?? [];
        var isFull = part.Count >= part.Homes / 2;
        var grown = new Part { Homes = isFull ? MoreHomes(part.Homes, coming) : part.Homes, Count = part.Count };
        var spare = isFull ? Math.Min(SparePlacesMax, (grown.Homes / 4) + 2) : (old.Length - part.Homes) * 2;
        while (!TryPlace(old, ref grown, spare))
        {
            spare *= 2;
        }

        Volatile.Write(ref _places, _places + grown.Entries!.Length - old.Length);
        part = grown;
    }

    private static int MoreHomes(int homes, in Entry coming) => homes switch
    {
        0 => FirstHomes,
        < EvenHomesMax / 2 => homes * 2,
        < EvenHomesMax => EvenHomesMax + (int)(coming.High >> (64 - PartBits) & 7),
        _ => homes + (homes / 4),
    };

    // In their order, so each is at its home or right behind the one before.
    private static bool TryPlace(Entry[] entries, ref Part part, int spare)
    {
        var places = GC.AllocateUninitializedArray<Entry>(part.Homes + spare);
        var next = 0;
        foreach (ref readonly var entry in entries.AsSpan())
        {
            if (entry.High == 0)
            {
                continue;
            }

            for (var home = Home(entry, part.Homes); next < home; next++)
            {
                places[next] = default;
            }

            if (next == places.Length)
            {
                return false;
            }

            places[next++] = entry;
        }

        places.AsSpan(next).Clear();
        part.Entries = places;
        return true;
    }

    private ref Part PartOf(in Entry entry) => ref _parts[entry.High >> (64 - PartBits)];

    public void Dispose()
    {
        lock (_gate)
        {
            _runs?.Dispose();
        }
    }

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
        internal int Homes;
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
