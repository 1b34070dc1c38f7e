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
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. A reference to a slot is good until the index is disposed; what it
/// points to, until the next change of the index.</threadsafety>
internal sealed unsafe class ProfileIndex : IDisposable
{
    private const int PageSlots = 1024;
    private const int LengthBytes = sizeof(int);
    private const int SlabShareMin = 4;
    private const int TidyStep = 256;

    // How many questions to the filter of unique ids wait for memory at the same time.
    private const int FilterAhead = 8;

    // A little at a time below the bound, so that it is not crossed again at once.
    private const int SlackDivisor = 64;

    private readonly List<ProfileSlot[]> _pages = [];
    private readonly Slab _slab;
    private readonly List<TimelineRow> _recent = [];
    private readonly List<byte[]> _readNewer = [];
    private byte[] _body = new byte[4096];
    private ColdFile? _tidied;
    private long _tidyOffset;
    private int _hand;

    internal ProfileIndex(ColdFiles cold)
    {
        Cold = cold;
        _slab = new Slab(Moved);
    }

    /// <summary>Gets the number of profiles, those that were merged away or erased among them.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the number of profiles that were erased.</summary>
    internal int ErasedCount { get; private set; }

    /// <summary>Gets how many of them are accounts or custom objects.</summary>
    internal int Objects { get; private set; }

    internal ColdFiles Cold { get; }

    /// <summary>Gets the filter of the unique ids whose rows are cold.</summary>
    internal UniqueIdFilter ColdUniqueIds { get; } = new();

    /// <summary>Gets or sets how many bytes of memory this may take.</summary>
    internal long BytesMax { get; set; } = long.MaxValue;

    /// <summary>Gets or sets whether unique ids that go cold are noted; not where nothing new is ever taken in.</summary>
    internal bool NotesUniqueIds { get; set; } = true;

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long Bytes => _slab.Bytes + FixedBytes;

    private long FixedBytes => ((long)_pages.Count * PageSlots * sizeof(ProfileSlot)) + ColdUniqueIds.Bytes + Cold.MemoryBytes;

    /// <summary>Gets the slot of a profile.</summary>
    internal ref ProfileSlot this[int ordinal] => ref _pages[ordinal / PageSlots][ordinal % PageSlots];

    /// <summary>Adds a profile of which nothing is known yet.</summary>
    internal int Add()
    {
        if (Count == _pages.Count * PageSlots)
        {
            _pages.Add(new ProfileSlot[PageSlots]);
        }

        this[Count].CreatedMs = long.MaxValue;
        return Count++;
    }

    /// <summary>Notes that a profile is an account or custom object.</summary>
    internal void MarkObject(int ordinal)
    {
        ref var slot = ref this[ordinal];
        Objects += slot.Has(SlotFlags.Object) ? 0 : 1;
        slot.Set(SlotFlags.Object, true);
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
    }

    /// <summary>Counts a profile that a checkpoint says was erased.</summary>
    internal void RestoreErased() => ErasedCount++;

    /// <summary>Takes what lives in a cold file into memory, from an offset on, as if it had never been cold.</summary>
    /// <param name="file">The file, which is not the one under way.</param>
    /// <param name="offset">Where to go on; then where the next call does.</param>
    /// <param name="records">At most how many records to look at.</param>
    /// <returns>False when there are no more.</returns>
    internal bool TakeBack(ColdFile file, ref long offset, int records)
    {
        for (; records > 0; records--)
        {
            if (!Cold.TryReadNext(file, ref offset, out var place, out var record))
            {
                return false;
            }

            TakeBack(record.Ordinal, record.Part, place);
        }

        return true;
    }

    /// <summary>Moves profiles to the cold files while there is more in memory than allowed.</summary>
    /// <exception cref="IOException">A cold file cannot be written.</exception>
    internal void Settle()
    {
        // Holes come on top of what lives in the slab.
        var slabMax = Math.Max(BytesMax / SlabShareMin, BytesMax - FixedBytes);
        var liveMax = slabMax - (slabMax / Slab.HolesDivisor);
        if (_slab.LiveBytes <= liveMax)
        {
            return;
        }

        var target = liveMax - (liveMax / SlackDivisor);
        for (var turns = 2L * Count; turns > 0 && _slab.LiveBytes > target; turns--)
        {
            _hand = _hand + 1 < Count ? _hand + 1 : 0;
            ref var slot = ref this[_hand];
            if (slot.Has(SlotFlags.Touched))
            {
                slot.Set(SlotFlags.Touched, false);
            }
            else if (slot.Facts != 0 || slot.Timeline.Count > 0)
            {
                Evict(_hand);
            }
        }

        TidyCold();
    }

    /// <summary>Takes a profile out of memory; first to the cold files, where that is not the state there.</summary>
    internal void Evict(int ordinal)
    {
        ref var slot = ref this[ordinal];
        EvictFacts(ordinal, ref slot);
        EvictRows(ordinal, ref slot);
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

    private void EvictFacts(int ordinal, ref ProfileSlot slot)
    {
        if (slot.Has(SlotFlags.FactsDirty))
        {
            var facts = FactBytes(slot);
            var place = Cold.Append(new ColdRecord(facts.Length, ordinal, SlabPart.Facts, default, 0, default), facts);
            Cold.Release(slot.ColdFacts);
            slot.ColdFacts = place;
            slot.Set(SlotFlags.FactsDirty, false);
        }

        slot.Set(SlotFlags.FactsCold, !slot.ColdFacts.IsNone);
        DropFacts(ref slot);
    }

    private void EvictRows(int ordinal, ref ProfileSlot slot)
    {
        if (slot.Has(SlotFlags.RowsDirty))
        {
            if (slot.Has(SlotFlags.RowsCold) && slot.Has(SlotFlags.RowsChained))
            {
                ReadRows(ordinal, ref slot);
            }

            WriteRows(ordinal, ref slot);
        }

        slot.Set(SlotFlags.RowsCold, !slot.ColdRows.IsNone);
        slot.Timeline.Clear(_slab);
    }

    // Either all rows, in place of what is cold; or those that came since, behind what is cold.
    private void WriteRows(int ordinal, ref ProfileSlot slot)
    {
        var before = slot.Has(SlotFlags.RowsCold) ? slot.ColdRows : default;
        var body = PackRows(ordinal, slot);
        var record = new ColdRecord(body.Length, ordinal, SlabPart.Rows, slot.Timeline.Shape, slot.Timeline.Count, before);
        var place = Cold.Append(record, body);
        if (before.IsNone)
        {
            ReleaseRows(slot);
        }

        slot.ColdRows = place;
        slot.Set(SlotFlags.RowsChained, !before.IsNone);
        slot.Set(SlotFlags.RowsDirty, false);
    }

    private void ReleaseRows(in ProfileSlot slot)
    {
        if (slot.Has(SlotFlags.RowsChained))
        {
            Cold.Release(ColdRecord.Read(Cold.Read(slot.ColdRows)).Before);
        }

        Cold.Release(slot.ColdRows);
    }

    // A file that is mostly waste is emptied: what lives in it is taken into memory as if it had never been cold, and goes out
    // again when its turn comes.
    private void TidyCold()
    {
        if (_tidied is { Live: 0 })
        {
            // Emptied by somebody else, and perhaps deleted by now.
            (_tidied, _tidyOffset) = (null, 0);
        }

        _tidied ??= Cold.Wasted;
        try
        {
            if (_tidied is not null && !TakeBack(_tidied, ref _tidyOffset, TidyStep))
            {
                (_tidied, _tidyOffset) = (null, 0);
            }
        }
        catch (StoreCorruptedException)
        {
            // Nobody asked for what is damaged here. Who does is told; the file is not tidied any more.
            (_tidied, _tidyOffset) = (null, 0);
        }
    }

    private void TakeBack(int ordinal, SlabPart part, ColdPlace place)
    {
        if (ordinal >= Count)
        {
            // A checkpoint is being restored, and its profiles come one after the other.
            return;
        }

        ref var slot = ref this[ordinal];
        if (part == SlabPart.Facts)
        {
            if (slot.ColdFacts == place)
            {
                _ = Facts(ordinal);
                Cold.Release(place);
                slot.ColdFacts = default;
                slot.Set(SlotFlags.FactsDirty, true);
            }

            return;
        }

        var chained = slot.Has(SlotFlags.RowsChained);
        if (slot.ColdRows == place || (chained && ColdRecord.Read(Cold.Read(slot.ColdRows)).Before == place))
        {
            _ = Rows(ordinal);
            ReleaseRows(slot);
            slot.ColdRows = default;
            slot.Set(SlotFlags.RowsChained, false);
            slot.Set(SlotFlags.RowsDirty, true);
        }
    }

    private ReadOnlySpan<byte> PackRows(int ordinal, in ProfileSlot slot)
    {
        var size = slot.Timeline.Count * slot.Timeline.Shape.RowBytes;
        if (_body.Length < size)
        {
            _body = GC.AllocateUninitializedArray<byte>(ColdFiles.RoomFor(size));
        }

        var place = 0;
        for (var column = 0; column < Timeline.Columns; column++)
        {
            var bytes = slot.Timeline.ColumnBytes(column);
            bytes.CopyTo(_body.AsSpan(place));
            place += bytes.Length;
        }

        if (NotesUniqueIds)
        {
            Note(ordinal, slot.Timeline);
        }

        return _body.AsSpan(0, place);
    }

    private void Note(int ordinal, in Timeline timeline)
    {
        var ids = timeline.UniqueIds;
        var rows = timeline.Rows;
        for (var row = 0; row < ids.Length + FilterAhead; row++)
        {
            if (row < ids.Length)
            {
                ColdUniqueIds.FetchAhead(ordinal, rows.Metric(row), ids[row]);
            }

            if (row - FilterAhead is var known and >= 0 && ids[known] != 0)
            {
                ColdUniqueIds.Add(ordinal, rows.Metric(known), ids[known]);
            }
        }
    }
}
