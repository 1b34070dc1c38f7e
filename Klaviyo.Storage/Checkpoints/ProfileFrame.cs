using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Live;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>Some neighbouring profiles of a lane: where they are cold, and what of them is not.</summary>
internal static class ProfileFrame
{
    /// <summary>Writes profiles from an ordinal on.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="lane">The lane, whose gate is held.</param>
    /// <param name="first">The first ordinal.</param>
    /// <param name="count">How many.</param>
    /// <param name="tail">The tail of the lane's log: what lies below is in the profiles.</param>
    internal static void Write(ref MessagePackWriter writer, LaneState lane, int first, int count, long tail)
    {
        writer.Write(first);
        writer.Write(count);
        writer.Write(tail);
        var planes = lane.Memberships.IsInUse ? lane.Memberships.Members.Planes : -1;
        writer.Write(planes);
        for (var ordinal = first; ordinal < first + count; ordinal++)
        {
            Write(ref writer, lane.Profiles[ordinal]);
            if (planes >= 0)
            {
                WriteSegments(ref writer, lane, ordinal, planes);
            }
        }
    }

    /// <summary>Takes in what <see cref="Write(ref MessagePackWriter, LaneState, int, int, long)"/> wrote. The names of the lane are there.</summary>
    /// <remarks>What lies in memory of our own is checked here, because whoever walks over it later trusts it.</remarks>
    internal static void Read(ref MessagePackReader reader, LaneState lane)
    {
        var (first, count, tail) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64());
        if (first != lane.Profiles.Count || count < 0)
        {
            throw new InvalidDataException("Profiles do not come one after the other.");
        }

        lane.Restored.AddStep(first, tail);
        var planes = reader.ReadInt32();
        if (planes > MembershipRecord.SegmentsMax / BitColumns.SegmentsInWord)
        {
            throw new InvalidDataException("There cannot be so many segments.");
        }

        for (var ordinal = first; ordinal - first < count; ordinal++)
        {
            _ = lane.Profiles.Add();
            Read(ref reader, lane, ordinal, tail);
            if (planes >= 0)
            {
                ReadSegments(ref reader, lane, ordinal, planes);
            }
        }
    }

    private static void WriteSegments(ref MessagePackWriter writer, LaneState lane, int ordinal, int planes)
    {
        if (lane.Dues[ordinal] is var due && due == ProfileDues.Never)
        {
            writer.WriteNil();
        }
        else
        {
            writer.Write(due);
            writer.Write(lane.Dues.IsStale(ordinal));
        }

        for (var plane = 0; plane < planes; plane++)
        {
            writer.Write(lane.Memberships.Members.Word(plane, ordinal));
        }
    }

    private static void ReadSegments(ref MessagePackReader reader, LaneState lane, int ordinal, int planes)
    {
        if (!reader.TryReadNil())
        {
            var due = reader.ReadInt64();
            if (!PayloadReader.IsTime(due))
            {
                throw new InvalidDataException("A profile is due at no time.");
            }

            if (reader.ReadBoolean())
            {
                lane.Dues.SetStale(ordinal, due);
            }
            else
            {
                lane.Dues.Set(ordinal, due);
            }
        }

        for (var plane = 0; plane < planes; plane++)
        {
            lane.Memberships.Members.Restore(plane, ordinal, reader.ReadUInt64());
        }
    }

    // Only what is dirty is written: the rest is in the cold files.
    private static void Write(ref MessagePackWriter writer, in ProfileSlot slot)
    {
        writer.Write(slot.CreatedMs);
        writer.Write((byte)(slot.Flags & (SlotFlags.RowsChained | SlotFlags.Erased | SlotFlags.Object)));
        writer.Write(slot.Has(SlotFlags.FactsDirty) ? 0 : slot.ColdFacts.Packed);
        writer.Write(slot.Has(SlotFlags.RowsDirty) && !slot.Has(SlotFlags.RowsCold) ? 0 : slot.ColdRows.Packed);
        if (slot.Has(SlotFlags.FactsDirty))
        {
            writer.Write(ProfileIndex.FactBytes(slot));
        }
        else
        {
            writer.WriteNil();
        }

        WriteRows(ref writer, slot);
    }

    private static void WriteRows(ref MessagePackWriter writer, in ProfileSlot slot)
    {
        if (!slot.Has(SlotFlags.RowsDirty))
        {
            writer.Write(0);
            return;
        }

        var shape = slot.Timeline.Shape;
        writer.Write(slot.Timeline.Count);
        writer.Write(shape.Time);
        writer.Write(shape.Address);
        writer.Write(shape.Value);
        writer.Write(shape.Metric);
        for (var column = 0; column < Timeline.Columns; column++)
        {
            writer.Write(slot.Timeline.ColumnBytes(column));
        }
    }

    private static void Read(ref MessagePackReader reader, LaneState lane, int ordinal, long tail)
    {
        var profiles = lane.Profiles;
        ref var slot = ref profiles[ordinal];
        slot.CreatedMs = reader.ReadInt64();
        if (slot.CreatedMs != long.MaxValue && !PayloadReader.IsTime(slot.CreatedMs))
        {
            throw new InvalidDataException("A profile was created at no time.");
        }

        var flags = (SlotFlags)reader.ReadByte();
        slot.ColdFacts = new ColdPlace(reader.ReadUInt64());
        slot.ColdRows = new ColdPlace(reader.ReadUInt64());
        slot.Flags = flags & SlotFlags.Erased;
        if (slot.Has(SlotFlags.Erased))
        {
            profiles.RestoreErased(ordinal);
        }

        if ((flags & SlotFlags.Object) != 0)
        {
            profiles.MarkObject(ordinal);
        }

        slot.Set(SlotFlags.FactsCold, !slot.ColdFacts.IsNone);
        slot.Set(SlotFlags.RowsCold, !slot.ColdRows.IsNone);
        slot.Set(SlotFlags.RowsChained, !slot.ColdRows.IsNone && (flags & SlotFlags.RowsChained) != 0);
        profiles.Cold.Retain(slot.ColdFacts, chained: false);
        profiles.Cold.Retain(slot.ColdRows, slot.Has(SlotFlags.RowsChained));
        if (reader.ReadBytes() is { } facts)
        {
            new PackedFacts(facts.FirstSpan).Check(lane.Names);
            profiles.RestoreFacts(ordinal, facts.FirstSpan);
        }

        ReadRows(ref reader, lane, ordinal, tail);
    }

    private static void ReadRows(ref MessagePackReader reader, LaneState lane, int ordinal, long tail)
    {
        var count = reader.ReadInt32();
        if (count == 0)
        {
            return;
        }

        var shape = new TimelineShape(reader.ReadByte(), reader.ReadByte(), reader.ReadByte(), reader.ReadByte());
        if (count < 0 || !shape.IsPossible || (long)count * shape.RowBytes > reader.Sequence.Length - reader.Consumed)
        {
            throw new InvalidDataException("Rows are of no shape, or more than there are.");
        }

        ref var timeline = ref lane.Profiles.RestoreRows(ordinal, count, shape);
        for (var column = 0; column < Timeline.Columns; column++)
        {
            var bytes = reader.ReadBytes()!.Value.FirstSpan;
            var into = timeline.ColumnBytes(column);
            if (bytes.Length != into.Length)
            {
                throw new InvalidDataException("A column has another length than the others.");
            }

            bytes.CopyTo(into);
        }

        Check(timeline, lane.Names, tail);
    }

    private static void Check(in Timeline timeline, NameTable names, long tail)
    {
        var (rows, last) = (timeline.Rows, long.MinValue);
        for (var row = 0; row < timeline.Count; row++)
        {
            var timeMs = rows.TimeMs(row);
            if (timeMs < last
                || !PayloadReader.IsTime(timeMs)
                || rows.Metric(row) is var metric && (metric < 0 || metric >= names.Count)
                || rows.Address(row) is var address && (address < LogLayout.FirstAddress || address >= tail))
            {
                throw new InvalidDataException("A row makes no sense.");
            }

            last = timeMs;
        }
    }
}
