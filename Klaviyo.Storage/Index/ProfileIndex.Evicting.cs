using Klaviyo.Storage.Cold;

namespace Klaviyo.Storage.Index;

// What leaves memory, and what comes back because its file is mostly waste.
internal sealed unsafe partial class ProfileIndex
{
    private const int SlabShareMin = 4;
    private const int TidyStep = 256;

    // Slots leave only where they are half of all: of a store with some events a profile they all stay.
    private const int SlotsShare = 2;

    // How many questions to the filter of unique ids wait for memory at the same time.
    private const int FilterAhead = 8;

    // A little at a time below the bound, so that it is not crossed again at once.
    private const int SlackDivisor = 64;

    private byte[] _body = new byte[4096];
    private ColdFile? _tidied;
    private long _tidyOffset;
    private int _hand;

    /// <summary>Moves profiles to the cold files while there is more in memory than allowed.</summary>
    /// <exception cref="IOException">A cold file cannot be written.</exception>
    internal void Settle()
    {
        // Holes come on top of what lives in the slab.
        var room = Math.Max(BytesMax / SlabShareMin, BytesMax - FixedBytes);
        var slotsMax = room / SlotsShare;
        var slabMax = room - Math.Min(_slots.PagesBytes, slotsMax);
        var liveMax = slabMax - (slabMax / Slab.HolesDivisor);
        if (_slab.LiveBytes <= liveMax && _slots.PagesBytes <= slotsMax)
        {
            return;
        }

        var (slots, live) = (slotsMax - (slotsMax / SlackDivisor), liveMax - (liveMax / SlackDivisor));
        for (var turns = 2L * Count; turns > 0 && (_slab.LiveBytes > live || _slots.PagesBytes > slots); turns--)
        {
            _hand = _hand + 1 < Count ? _hand + 1 : 0;
            if (!_slots.IsInMemory(_hand))
            {
                _hand = _slots.LastBeside(_hand);
                continue;
            }

            ref var slot = ref this[_hand];
            if (slot.Has(SlotFlags.Touched))
            {
                slot.Set(SlotFlags.Touched, false);
            }
            else if (slot.IsInMemory)
            {
                Evict(_hand);
            }

            if (_slots.PagesBytes > slots && _slots.EndsPage(_hand))
            {
                _slots.TryEvict(_hand);
            }
        }

        _slots.Tidy();
        TidyCold();
    }

    /// <summary>Takes a profile out of memory; first to the cold files, where that is not the state there.</summary>
    internal void Evict(int ordinal)
    {
        ref var slot = ref this[ordinal];
        EvictFacts(ordinal, ref slot);
        EvictRows(ordinal, ref slot);
    }

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

        _tidied ??= Cold.NextWasted();
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

        if (part == SlabPart.Slots)
        {
            _slots.TakeBack(ordinal, place);
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
