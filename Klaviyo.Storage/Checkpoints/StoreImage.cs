using System.Buffers;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>The derived state of a store as a sequence of frames, out and in.</summary>
/// <remarks>
/// <para>The same state gives the same frames, so two states are compared by comparing their images.</para>
/// <para>Order of frames: names and profiles of every lane, then merges, definitions, and the extension of every lane.
/// A frame of profiles holds as many as fill about 256 KiB.</para>
/// </remarks>
internal sealed class StoreImage(StoreState state, IReadOnlyList<ILaneExtension?> extensions)
{
    private const int FrameBytes = 256 << 10;
    private readonly ArrayBufferWriter<byte> _buffer = new(FrameBytes);

    /// <summary>Gets the frames. Each is valid until the next.</summary>
    internal IEnumerable<ImageFrame> Frames()
    {
        foreach (var lane in state.Lanes)
        {
            yield return Frame(FrameKind.Names, lane.Lane, lane.Names.Count, () => WriteNames(lane));
            for (var next = 0; next < lane.Profiles.Count;)
            {
                var first = next;
                yield return Frame(FrameKind.Profiles, lane.Lane, first, () => next = WriteProfiles(lane, first));
            }
        }

        yield return Frame(FrameKind.Merges, 0, 0, WriteMerges);
        yield return Frame(FrameKind.Definitions, 0, state.Definitions.All.Count, WriteDefinitions);
        for (var lane = 0; lane < extensions.Count; lane++)
        {
            if (extensions[lane] is { } extension)
            {
                yield return Frame(FrameKind.Extension, lane, 0, () => extension.Save(_buffer));
            }
        }

        yield return Frame(FrameKind.End, 0, 0, () => { });
    }

    /// <summary>Takes a frame into an empty state.</summary>
    internal void Restore(FrameKind kind, int lane, ReadOnlyMemory<byte> payload)
    {
        var reader = new MessagePackReader(payload);
        switch (kind)
        {
            case FrameKind.Names:
                ReadNames(ref reader, state.Lanes[lane]);
                break;
            case FrameKind.Profiles:
                ReadProfiles(ref reader, state.Lanes[lane]);
                break;
            case FrameKind.Merges:
                ReadMerges(ref reader);
                break;
            case FrameKind.Definitions:
                ReadDefinitions(ref reader);
                break;
            case FrameKind.Extension:
                extensions[lane]?.Load(payload.Span);
                break;
            case FrameKind.End:
                break;
            default:
                throw new InvalidOperationException($"Unknown frame {kind}.");
        }
    }

    /// <summary>Compares two images.</summary>
    /// <returns>Where they first differ, for people; null where they are the same.</returns>
    internal static string? FirstDifference(StoreImage live, StoreImage rebuilt)
    {
        using var theirs = rebuilt.Frames().GetEnumerator();
        foreach (var ours in live.Frames())
        {
            if (!theirs.MoveNext() || !ours.Payload.Span.SequenceEqual(theirs.Current.Payload.Span))
            {
                return $"{ours.Kind} of lane {ours.Lane} from {ours.First} on differ from what the log gives.";
            }
        }

        return null;
    }

    private ImageFrame Frame(FrameKind kind, int lane, int first, Action write)
    {
        _buffer.ResetWrittenCount();
        write();
        return new ImageFrame(kind, lane, first, _buffer.WrittenMemory);
    }

    private void WriteNames(LaneState lane)
    {
        var writer = new MessagePackWriter(_buffer);
        writer.WriteArrayHeader(lane.Names.Count);
        for (var code = 0; code < lane.Names.Count; code++)
        {
            writer.Write(lane.Names[code]);
        }

        writer.Write(lane.Events);
        writer.WriteArrayHeader(lane.EventsByMetric.Count);
        foreach (var events in lane.EventsByMetric)
        {
            writer.Write(events);
        }

        writer.Flush();
    }

    private static void ReadNames(ref MessagePackReader reader, LaneState lane)
    {
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            lane.Names.Add(reader.ReadString()!);
        }

        var events = reader.ReadInt64();
        var byMetric = new long[reader.ReadArrayHeader()];
        for (var i = 0; i < byMetric.Length; i++)
        {
            byMetric[i] = reader.ReadInt64();
        }

        lane.RestoreCounts(events, byMetric);
    }

    private int WriteProfiles(LaneState lane, int first)
    {
        var next = first;
        var writer = new MessagePackWriter(_buffer);
        var values = new RecordWriter(lane.Names, _ => throw new InvalidOperationException("Every name is known."));
        while (next < lane.Profiles.Count && (_buffer.WrittenCount < FrameBytes || next == first))
        {
            ProfileImage.Write(ref writer, lane.Profiles[next++], values);
            writer.Flush();
        }

        return next;
    }

    private static void ReadProfiles(ref MessagePackReader reader, LaneState lane)
    {
        while (!reader.End)
        {
            ProfileImage.Read(ref reader, lane);
        }
    }

    private void WriteMerges()
    {
        var writer = new MessagePackWriter(_buffer);
        foreach (var profile in state.Lanes.SelectMany(l => l.Profiles))
        {
            foreach (var source in profile.Sources)
            {
                writer.Write(profile.Id.Value);
                writer.Write(source.Profile.Id.Value);
                writer.Write(source.TimeMs);
                writer.WriteArrayHeader(source.Tails.Length);
                foreach (var tail in source.Tails)
                {
                    writer.Write(tail);
                }
            }
        }

        writer.Flush();
    }

    private void ReadMerges(ref MessagePackReader reader)
    {
        while (!reader.End)
        {
            var destination = new ProfileId(reader.ReadInt64());
            var source = new ProfileId(reader.ReadInt64());
            var time = reader.ReadInt64();
            var tails = new long[reader.ReadArrayHeader()];
            for (var i = 0; i < tails.Length; i++)
            {
                tails[i] = reader.ReadInt64();
            }

            var merge = new MergeRecord(StoreState.OrdinalOf(destination), source, tails, time);
            state.ApplyMerge(StoreState.LaneOf(destination), merge);
        }
    }

    private void WriteDefinitions()
    {
        var writer = new MessagePackWriter(_buffer);
        foreach (var definition in state.Definitions.All)
        {
            writer.Write(definition.Kind);
            writer.Write(definition.Name);
            writer.Write(definition.Text);
            writer.Write(definition.At.UnixMs);
        }

        writer.Flush();
    }

    private void ReadDefinitions(ref MessagePackReader reader)
    {
        while (!reader.End)
        {
            state.Definitions.Apply(new DefinitionRecord(
                reader.ReadString()!, reader.ReadString()!, reader.ReadString()!, Instant.FromUnixMs(reader.ReadInt64())));
        }
    }
}

/// <summary>What a frame holds. A number, once used, keeps its meaning for ever.</summary>
internal enum FrameKind : byte
{
    Names = 1,
    Profiles = 2,
    Merges = 3,
    Definitions = 4,
    Extension = 5,
    End = 6,
}

/// <summary>A piece of an image.</summary>
internal readonly record struct ImageFrame(FrameKind Kind, int Lane, int First, ReadOnlyMemory<byte> Payload);
