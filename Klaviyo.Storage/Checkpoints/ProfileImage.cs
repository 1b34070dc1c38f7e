using System.Buffers;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>One profile in an image: identifiers, the columns of its timeline as they are, properties, lists, consents.</summary>
internal static class ProfileImage
{
    internal static void Write(ref MessagePackWriter writer, Profile profile, RecordWriter values)
    {
        writer.Write(profile.CreatedMs);
        writer.WriteArrayHeader(profile.Identifiers.Count);
        foreach (var identifier in profile.Identifiers)
        {
            writer.Write(identifier.Kind.Name);
            writer.Write(identifier.Value);
        }

        writer.Write(profile.Timeline.Count);
        WriteColumns(ref writer, profile.Timeline);

        WriteProperties(ref writer, profile, values);
        WriteLists(ref writer, profile);
        WriteConsents(ref writer, profile);
    }

    internal static void Read(ref MessagePackReader reader, LaneState lane)
    {
        var profile = lane.NextProfile();
        profile.CreatedMs = reader.ReadInt64();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            lane.RestoreIdentifier(profile, Identifier.Of(IdentifierKind.Of(reader.ReadString()!), reader.ReadString()!));
        }

        ReadColumns(ref reader, profile, lane.Slab);

        ReadProperties(ref reader, profile, lane.Names);
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            profile.Lists.Add(new(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean()));
        }

        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            var (channel, time, address) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64());
            profile.Consents.Add(new(channel, time, address, (ConsentStatus)reader.ReadInt32(), reader.ReadString()!));
        }
    }

    private static void WriteColumns(ref MessagePackWriter writer, Timeline timeline)
    {
        if (timeline.Count == 0)
        {
            return;
        }

        var shape = timeline.Shape;
        writer.Write(shape.Time);
        writer.Write(shape.Value);
        writer.Write(shape.Metric);
        for (var column = 0; column < Timeline.Columns; column++)
        {
            writer.Write(timeline.ColumnBytes(column));
        }
    }

    private static void ReadColumns(ref MessagePackReader reader, Profile profile, Slab slab)
    {
        var count = reader.ReadInt32();
        if (count == 0)
        {
            return;
        }

        var shape = new TimelineShape(reader.ReadByte(), reader.ReadByte(), reader.ReadByte());
        profile.Timeline.Restore(slab, profile.Ordinal, count, shape);
        for (var column = 0; column < Timeline.Columns; column++)
        {
            reader.ReadBytes()!.Value.CopyTo(profile.Timeline.ColumnBytes(column));
        }
    }

    private static void WriteProperties(ref MessagePackWriter writer, Profile profile, RecordWriter values)
    {
        writer.WriteArrayHeader(profile.Properties.Entries.Length);
        foreach (ref readonly var entry in profile.Properties.Entries)
        {
            writer.Write(entry.Name);
            writer.Write(entry.TimeMs);
            writer.Write(entry.Address);
            values.WriteValue(ref writer, entry.Value);
        }
    }

    private static void ReadProperties(ref MessagePackReader reader, Profile profile, NameTable names)
    {
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            var (name, time, address) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64());
            profile.Properties.Add(new PropertyEntry(name, time, address, RecordReader.ReadValue(ref reader, names)));
        }
    }

    private static void WriteLists(ref MessagePackWriter writer, Profile profile)
    {
        writer.WriteArrayHeader(profile.Lists.Count);
        foreach (var entry in profile.Lists)
        {
            writer.Write(entry.List);
            writer.Write(entry.TimeMs);
            writer.Write(entry.Address);
            writer.Write(entry.Member);
        }
    }

    private static void WriteConsents(ref MessagePackWriter writer, Profile profile)
    {
        writer.WriteArrayHeader(profile.Consents.Count);
        foreach (var entry in profile.Consents)
        {
            writer.Write(entry.Channel);
            writer.Write(entry.TimeMs);
            writer.Write(entry.Address);
            writer.Write((int)entry.Status);
            writer.Write(entry.Method);
        }
    }
}
