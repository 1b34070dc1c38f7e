using System.Buffers;
using System.Runtime.InteropServices;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>The derived state of a store as frames: profiles and filters out, all of it in.</summary>
internal sealed class StoreFrames(StoreState state, IReadOnlyList<ILaneExtension?> extensions)
{
    /// <summary>The bytes of profiles after which a frame ends, also where they are few: it is made in one piece of memory.</summary>
    internal const int ProfileBytesMax = 8 << 20;

    // Some tens of microseconds under the gate.
    private const int StepProfiles = 64;
    private const int SliceWords = 32 << 10;

    private readonly ArrayBufferWriter<byte> _buffer = new(256 << 10);

    /// <summary>Gets up to which ordinal the profiles of each lane were written.</summary>
    private readonly int[] _next = new int[state.Lanes.Count];
    private readonly bool[] _begun = new bool[state.Lanes.Count];

    /// <summary>Takes the next profiles of a lane. The caller holds its gate.</summary>
    /// <returns>Null when there are no more; else valid until the next frame.</returns>
    internal Frame? NextProfiles(int lane, long tail)
    {
        var from = state.Lanes[lane];
        var count = CountOfNext(from.Profiles, _next[lane]);
        if (count == 0 && _begun[lane])
        {
            return null;
        }

        // A lane without profiles has a first frame too: replay has to begin before the identifiers are taken, because a
        // profile may be created in between.
        _begun[lane] = true;

        _buffer.ResetWrittenCount();
        var writer = new MessagePackWriter(_buffer);
        ProfileFrame.Write(ref writer, from, _next[lane], count, tail);
        writer.Flush();
        _next[lane] += count;
        return new Frame(FrameKind.Profiles, lane, _buffer.WrittenMemory);
    }

    private static int CountOfNext(ProfileIndex profiles, int first)
    {
        var (count, bytes) = (0, 0L);
        while (count < StepProfiles && first + count < profiles.Count && bytes < ProfileBytesMax)
        {
            bytes += profiles.DirtyBytes(first + count++);
        }

        return count;
    }

    /// <summary>Writes which cold files a lane's profiles name.</summary>
    internal Frame ColdFiles(int lane, IReadOnlyList<ColdFileMark> files)
    {
        return Write(FrameKind.ColdFiles, lane, (ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(files.Count);
            foreach (var (number, length, seal) in files)
            {
                writer.Write(number);
                writer.Write(length);
                writer.Write(seal);
            }
        });
    }

    /// <summary>Reads what <see cref="ColdFiles"/> wrote.</summary>
    internal static List<ColdFileMark> ReadColdFiles(ReadOnlyMemory<byte> payload)
    {
        var reader = new MessagePackReader(payload);
        var files = new List<ColdFileMark>();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            files.Add(new ColdFileMark(reader.ReadInt32(), reader.ReadInt64(), reader.ReadUInt32()));
        }

        return files;
    }

    /// <summary>Writes a filter of unique ids in slices; it may be added to meanwhile.</summary>
    internal IEnumerable<Frame> UniqueIds(int lane, long room, ulong[] filter)
    {
        for (var first = 0; first < filter.Length; first += SliceWords)
        {
            _buffer.ResetWrittenCount();
            var writer = new MessagePackWriter(_buffer);
            writer.Write(filter.Length);
            writer.Write(first);
            writer.Write(room);
            writer.Write(MemoryMarshal.AsBytes(filter.AsSpan(first, Math.Min(SliceWords, filter.Length - first))));
            writer.Flush();
            yield return new Frame(FrameKind.UniqueIds, lane, _buffer.WrittenMemory);
        }
    }

    /// <summary>Takes a frame into an empty state; the names of all lanes come first.</summary>
    /// <remarks>What comes of a frame that makes no sense is <see cref="Errors.WrongContent"/>.</remarks>
    internal void Restore(in Frame frame)
    {
        var reader = new MessagePackReader(frame.Payload);
        var lane = state.Lanes[frame.Lane];
        switch (frame.Kind)
        {
            case FrameKind.Names:
                StoreImage.ReadNames(ref reader, lane);
                break;
            case FrameKind.Counts:
                StoreImage.ReadCounts(ref reader, lane);
                break;
            case FrameKind.Memberships:
                lane.Memberships.Load(ref reader);
                break;
            case FrameKind.Clock:
                var clock = reader.ReadInt64();
                lane.Memberships.SawClock(PayloadReader.IsTime(clock) ? clock : throw new InvalidDataException("The clock was at no time."));
                break;
            case FrameKind.Profiles:
                ProfileFrame.Read(ref reader, lane);
                break;
            case FrameKind.Merges:
                ReadMerges(ref reader);
                break;
            case FrameKind.Definitions:
                ReadDefinitions(ref reader);
                break;
            case FrameKind.Extension:
                extensions[frame.Lane]?.Load(frame.Payload.Span);
                break;
            case FrameKind.Identifiers:
                state.Identifiers.Load(frame.Payload.Span);
                break;
            case FrameKind.Erasures:
                state.Erasures.LoadCounts(ref reader);
                break;
            case FrameKind.Suppressed:
                state.Erasures.Load(frame.Payload.Span);
                break;
            case FrameKind.UniqueIds:
                var (words, first, room) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64());
                lane.Profiles.ColdUniqueIds.Restore(words, first, room, reader.ReadBytes()!.Value.FirstSpan);
                break;
            case FrameKind.ColdFiles or FrameKind.End:
                break;
            default:
                throw new InvalidOperationException($"Unknown frame {frame.Kind}.");
        }
    }

    private delegate void FrameWriter(ref MessagePackWriter writer);

    private Frame Write(FrameKind kind, int lane, FrameWriter write)
    {
        _buffer.ResetWrittenCount();
        var writer = new MessagePackWriter(_buffer);
        write(ref writer);
        writer.Flush();
        return new Frame(kind, lane, _buffer.WrittenMemory);
    }

    private void ReadMerges(ref MessagePackReader reader)
    {
        while (!reader.End)
        {
            var destination = ProfileOfRecord.KeyOf(reader.ReadInt64());
            var source = new ProfileId(reader.ReadInt64());
            var time = reader.ReadInt64();
            var tails = new long[reader.ReadArrayHeader()];
            for (var i = 0; i < tails.Length; i++)
            {
                tails[i] = reader.ReadInt64();
            }

            state.RestoreMerge(destination.Lane, new MergeRecord(destination.Ordinal, source, tails, time));
        }
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
