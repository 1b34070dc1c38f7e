using System.Diagnostics;
using Klaviyo.Storage.Cold;

namespace Klaviyo.Storage.Index;

/// <summary>The profiles of one lane: a slot each, their facts and rows in memory or cold.</summary>
/// <remarks>
/// <para>Memory is bounded by <see cref="Settle"/>: while there is more in memory than allowed, the hand of a clock goes over
/// the slots, and what was not touched since it last passed goes to the cold files (see <see cref="Cold.ColdFiles"/>).</para>
/// <para>Rows that came after the others went cold stay by themselves until somebody asks for all (<see cref="Rows"/>), or
/// until they go cold in turn: then they become a second record that names the first, and at the next time the two are
/// joined. So nothing is read to take in an event, and a cold timeline is at most two reads away.</para>
/// <para>Where there are so many profiles that their slots are half of what is allowed, slots go too, some neighbours at a time
/// (<see cref="SlotPages"/>): then an event of a profile that was not touched for long reads one page, and its timeline is three away.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. A reference to a slot is good until <see cref="Settle"/>; what it points to, until the
/// next change of the index.</threadsafety>
internal sealed unsafe partial class ProfileIndex : IDisposable
{
    private const int LengthBytes = sizeof(int);

    private readonly SlotPages _slots;
    private readonly Slab _slab;
    private readonly List<TimelineRow> _recent = [];
    private readonly List<byte[]> _readNewer = [];

    internal ProfileIndex(ColdFiles cold)
    {
        Cold = cold;
        _slots = new SlotPages(cold);
        _slab = new Slab(Moved);
    }

    /// <summary>Gets the number of profiles, those that were merged away or erased among them.</summary>
    internal int Count => _slots.Count;

    /// <summary>Gets the number of profiles that were erased.</summary>
    internal int ErasedCount { get; private set; }

    /// <summary>Gets how many of them are accounts or custom objects.</summary>
    internal int Objects { get; private set; }

    internal ColdFiles Cold { get; }

    /// <summary>Gets who was erased and who is no person, which may be asked without the gate.</summary>
    internal ProfileMarks Marks { get; } = new();

    /// <summary>Gets the filter of the unique ids whose rows are cold.</summary>
    internal UniqueIdFilter ColdUniqueIds { get; } = new();

    /// <summary>Gets or sets how many bytes of memory this may take.</summary>
    internal long BytesMax { get; set; } = long.MaxValue;

    /// <summary>Gets or sets whether unique ids that go cold are noted; not where nothing new is ever taken in.</summary>
    internal bool NotesUniqueIds { get; set; } = true;

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long Bytes => _slab.Bytes + _slots.PagesBytes + FixedBytes;

    private long FixedBytes => _slots.OtherBytes + Marks.Bytes + ColdUniqueIds.Bytes + Cold.MemoryBytes;

    /// <summary>Gets the slot of a profile, reading it if it is cold.</summary>
    internal ref ProfileSlot this[int ordinal] => ref _slots[ordinal];

    /// <summary>Reads slots that are cold: until the next settling several threads may look at them.</summary>
    internal void LoadSlots(int first, int count)
    {
        for (var ordinal = first; ordinal < Math.Min(first + count, Count); ordinal = _slots.LastBeside(ordinal) + 1)
        {
            _ = this[ordinal];
        }
    }

    /// <summary>Adds a profile of which nothing is known yet.</summary>
    internal int Add()
    {
        var ordinal = _slots.Add();
        this[ordinal].CreatedMs = long.MaxValue;
        return ordinal;
    }

    /// <summary>Notes that a profile is an account or custom object.</summary>
    internal void MarkObject(int ordinal)
    {
        ref var slot = ref this[ordinal];
        Objects += slot.Has(SlotFlags.Object) ? 0 : 1;
        slot.Set(SlotFlags.Object, true);
        Marks.MarkObject(ordinal);
    }

    /// <summary>Gets the facts of a profile, reading them if they are cold.</summary>
    internal PackedFacts Facts(int ordinal)
    {
        LoadFacts(ordinal);
        return new PackedFacts(FactBytes(this[ordinal]));
    }

    /// <summary>Reads the facts of a profile if they are cold.</summary>
    internal void LoadFacts(int ordinal)
    {
        ref var slot = ref this[ordinal];
        slot.Flags |= SlotFlags.Touched;
        if (slot.Has(SlotFlags.FactsCold))
        {
            ReadFacts(ordinal, ref slot);
        }
    }

    /// <summary>Gets the whole timeline of a profile, reading what is cold of it.</summary>
    internal ref Timeline Rows(int ordinal)
    {
        ref var slot = ref this[ordinal];
        slot.Flags |= SlotFlags.Touched;
        if (slot.Has(SlotFlags.RowsCold))
        {
            ReadRows(ordinal, ref slot);
        }

        return ref slot.Timeline;
    }

    /// <summary>Gets the rows among which a unique id is, if it is among any: those in memory, or all.</summary>
    internal ref Timeline RowsWith(int ordinal, int metric, uint uniqueId)
    {
        ref var slot = ref this[ordinal];
        if (slot.Has(SlotFlags.RowsCold) && ColdUniqueIds.MayHold(ordinal, metric, uniqueId))
        {
            ReadRows(ordinal, ref slot);
        }

        return ref slot.Timeline;
    }

    /// <summary>Has what <see cref="RowsWith"/> looks at first brought into the cache.</summary>
    internal void FetchRowsWith(int ordinal, int metric, uint uniqueId)
    {
        ref readonly var slot = ref this[ordinal];
        slot.Timeline.Rows.FetchAhead(slot.Timeline.Count);
        if (slot.Has(SlotFlags.RowsCold) && uniqueId != 0)
        {
            ColdUniqueIds.FetchAhead(ordinal, metric, uniqueId);
        }
    }

    /// <summary>Adds a fact at its place.</summary>
    internal void AddFact(int ordinal, in Fact fact)
    {
        var place = Facts(ordinal).PlaceOf(fact);
        Span<byte> head = stackalloc byte[256];
        var size = PackedFacts.HeaderBytesMax + fact.Body.Length;
        var bytes = size <= head.Length ? head : new byte[size];
        Insert(ordinal, place, bytes[..PackedFacts.Write(bytes, fact)]);
    }

    /// <summary>Adds an event. Rows that are cold stay so.</summary>
    internal void AddRow(int ordinal, in TimelineRow row)
    {
        ref var slot = ref this[ordinal];
        slot.Flags |= SlotFlags.Touched | SlotFlags.RowsDirty;
        slot.Timeline.Add(_slab, ordinal, row);
    }

    /// <summary>Forgets everything of a profile.</summary>
    internal void Erase(int ordinal)
    {
        ref var slot = ref this[ordinal];
        Objects -= slot.Has(SlotFlags.Object) ? 1 : 0;
        ReleaseRows(slot);
        Cold.Release(slot.ColdFacts);
        DropFacts(ref slot);
        slot.Timeline.Clear(_slab);
        ErasedCount += slot.Has(SlotFlags.Erased) ? 0 : 1;
        slot = new ProfileSlot { CreatedMs = long.MaxValue, Flags = SlotFlags.Erased };
        Marks.MarkErased(ordinal);
    }

    /// <summary>Counts a profile that a checkpoint says was erased.</summary>
    internal void RestoreErased(int ordinal)
    {
        ErasedCount++;
        Marks.MarkErased(ordinal);
    }

    /// <summary>Gets facts that are in memory, as they are.</summary>
    internal static ReadOnlySpan<byte> FactBytes(in ProfileSlot slot)
    {
        return slot.Facts == 0
            ? []
            : new ReadOnlySpan<byte>((byte*)slot.Facts + LengthBytes, *(int*)slot.Facts);
    }

    /// <summary>Gets how many bytes of a profile stand in memory only, about.</summary>
    internal long DirtyBytes(int ordinal)
    {
        ref readonly var slot = ref this[ordinal];
        return (slot.Has(SlotFlags.FactsDirty) ? FactBytes(slot).Length : 0)
            + (slot.Has(SlotFlags.RowsDirty) ? (long)slot.Timeline.Count * slot.Timeline.Shape.RowBytes : 0);
    }

    /// <summary>Takes in facts of a checkpoint.</summary>
    internal void RestoreFacts(int ordinal, ReadOnlySpan<byte> facts)
    {
        ref var slot = ref this[ordinal];
        SetFacts(ordinal, ref slot, facts);
        slot.Set(SlotFlags.FactsDirty, true);
    }

    /// <summary>Makes room for rows of a checkpoint, to be filled in column by column.</summary>
    internal ref Timeline RestoreRows(int ordinal, int count, TimelineShape shape)
    {
        ref var slot = ref this[ordinal];
        slot.Timeline.Restore(_slab, ordinal, count, shape);
        slot.Set(SlotFlags.RowsDirty, true);
        return ref slot.Timeline;
    }

    public void Dispose()
    {
        _slab.Dispose();
        _slots.Dispose();
        Cold.Dispose();
    }

    private void Moved(int owner, SlabPart part, nint block)
    {
        ref var slot = ref this[owner];
        if (part == SlabPart.Facts)
        {
            slot.Facts = block;
        }
        else
        {
            slot.Timeline.MovedTo(block);
        }
    }

    private void Insert(int ordinal, int place, ReadOnlySpan<byte> bytes)
    {
        ref var slot = ref this[ordinal];
        var used = FactBytes(slot).Length;
        var size = LengthBytes + used + bytes.Length;
        if (slot.Facts == 0 || Slab.SizeOf(slot.Facts) < size)
        {
            // A block moves when it is full, and a profile gets its facts mostly at once: an eighth more is room enough.
            var block = _slab.Rent(size + (size / 8), ordinal, SlabPart.Facts);
            FactBytes(slot).CopyTo(new Span<byte>((byte*)block + LengthBytes, used));
            DropFacts(ref slot);
            slot.Facts = block;
        }

        var facts = new Span<byte>((byte*)slot.Facts + LengthBytes, used + bytes.Length);
        facts[place..used].CopyTo(facts[(place + bytes.Length)..]);
        bytes.CopyTo(facts[place..]);
        *(int*)slot.Facts = facts.Length;
        slot.Set(SlotFlags.FactsDirty, true);
    }

    private void SetFacts(int ordinal, ref ProfileSlot slot, ReadOnlySpan<byte> facts)
    {
        Debug.Assert(slot.Facts == 0, "Facts are brought back to where none are.");
        if (facts.Length > 0)
        {
            slot.Facts = _slab.Rent(LengthBytes + facts.Length, ordinal, SlabPart.Facts);
            *(int*)slot.Facts = facts.Length;
            facts.CopyTo(new Span<byte>((byte*)slot.Facts + LengthBytes, facts.Length));
        }
    }

    private void DropFacts(ref ProfileSlot slot)
    {
        if (slot.Facts != 0)
        {
            _slab.Return(slot.Facts);
            slot.Facts = 0;
        }
    }

    private void ReadFacts(int ordinal, ref ProfileSlot slot)
    {
        var bytes = Cold.Read(slot.ColdFacts, ordinal, SlabPart.Facts);
        SetFacts(ordinal, ref slot, bytes.Slice(ColdRecord.HeaderBytes, ColdRecord.Read(bytes).BodyBytes));
        slot.Set(SlotFlags.FactsCold, false);
    }

    // All that can fail is done first: a read that fails leaves the profile as it was.
    private void ReadRows(int ordinal, ref ProfileSlot slot)
    {
        _readNewer.Clear();
        var bytes = Cold.Read(slot.ColdRows, ordinal, SlabPart.Rows);
        while (ColdRecord.Read(bytes).Before is { IsNone: false } before)
        {
            _readNewer.Add(bytes.ToArray());
            bytes = Cold.Read(before, ordinal, SlabPart.Rows);
        }

        // Put aside: blocks may move while room is made, and the slot can answer for one block only.
        _recent.Clear();
        for (var row = 0; row < slot.Timeline.Count; row++)
        {
            _recent.Add(slot.Timeline.Rows.Row(row));
        }

        slot.Timeline.Clear(_slab);
        Take(ordinal, ref slot, ColdRecord.Read(bytes), bytes);
        for (var newer = _readNewer.Count - 1; newer >= 0; newer--)
        {
            Merge(ordinal, ref slot, ColdRecord.Read(_readNewer[newer]), _readNewer[newer]);
        }

        foreach (var row in _recent)
        {
            slot.Timeline.Add(_slab, ordinal, row);
        }

        slot.Set(SlotFlags.RowsCold, false);
    }

    private void Take(int ordinal, ref ProfileSlot slot, in ColdRecord record, ReadOnlySpan<byte> bytes)
    {
        slot.Timeline.Restore(_slab, ordinal, record.Count, record.Shape);
        var place = ColdRecord.HeaderBytes;
        for (var column = 0; column < Timeline.Columns; column++)
        {
            var into = slot.Timeline.ColumnBytes(column);
            bytes.Slice(place, into.Length).CopyTo(into);
            place += into.Length;
        }
    }

    private void Merge(int ordinal, ref ProfileSlot slot, in ColdRecord record, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var block = new TimelineBlock((nint)start + ColdRecord.HeaderBytes, record.Count, record.Shape);
            for (var row = 0; row < record.Count; row++)
            {
                slot.Timeline.Add(_slab, ordinal, block.Row(row));
            }
        }
    }
}
