using System.Buffers;
using Klaviyo.Storage.Images;
using Klaviyo.Storage.Lanes;
using MessagePack;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>All of a derived state but its profiles, identifiers and filters, as it was at one moment.</summary>
/// <remarks>
/// It is made under all gates, at the cut of a checkpoint, and read in steps while writers go on: see <see cref="PagedImage"/>.
/// What is only ever added to (names, definitions) is cut off where it ended; what is a few numbers is written at once.
/// </remarks>
internal sealed class StoreImage : IDisposable
{
    private const int NamesInPage = 256;
    private const int DefinitionsInPage = 8;

    private readonly List<(FrameKind Kind, int Lane, PagedImage Image)> _images = [];

    private StoreImage(StoreState state, IReadOnlyList<ILaneExtension?> extensions, bool isKept)
    {
        foreach (var lane in state.Lanes)
        {
            Add(FrameKind.Names, lane.Lane, Names(lane));
            Add(FrameKind.Counts, lane.Lane, PagedImage.Of(Bytes((ref MessagePackWriter writer) => WriteCounts(ref writer, lane))));
        }

        // What comes now may name profiles of any lane.
        foreach (var lane in state.Lanes)
        {
            Add(FrameKind.Memberships, lane.Lane, lane.Memberships.BeginImage(isKept));
            var clock = lane.Memberships.ClockMs;
            Add(FrameKind.Clock, lane.Lane, PagedImage.Of(Bytes((ref MessagePackWriter writer) => writer.Write(clock))));
            Add(FrameKind.Merges, lane.Lane, state.Merges.BeginImage(lane.Lane, lane.Profiles.Count, isKept));
            foreach (var image in extensions[lane.Lane]?.BeginImage(isKept) ?? [])
            {
                Add(FrameKind.Extension, lane.Lane, image);
            }
        }

        Add(FrameKind.Definitions, 0, Definitions(state.Definitions));
        Add(FrameKind.Erasures, 0, PagedImage.Of(Bytes(state.Erasures.SaveCounts)));
        Add(FrameKind.Suppressed, 0, state.Erasures.BeginImage(isKept));
    }

    /// <summary>Gets the images: what of, of which lane. Each is read under the gate of its lane.</summary>
    internal IReadOnlyList<(FrameKind Kind, int Lane, PagedImage Image)> Images => _images;

    /// <summary>Begins an image of a state that goes on changing. The caller holds every gate.</summary>
    internal static StoreImage Begin(StoreState state, IReadOnlyList<ILaneExtension?> extensions) => new(state, extensions, isKept: true);

    /// <summary>Makes an image of a state that does not change before it is read; the same bytes for the same state.</summary>
    internal static StoreImage Of(StoreState state, IReadOnlyList<ILaneExtension?> extensions) => new(state, extensions, isKept: false);

    /// <summary>Reads names.</summary>
    internal static void ReadNames(ref MessagePackReader reader, LaneState lane)
    {
        while (!reader.End)
        {
            lane.Names.Add(reader.ReadString()!);
        }
    }

    /// <summary>Reads counts. All names and profiles of the lane that the checkpoint holds are there.</summary>
    internal static void ReadCounts(ref MessagePackReader reader, LaneState lane)
    {
        // More than addresses can tell apart.
        const long EventsMax = 1L << 40;
        var events = reader.ReadInt64();
        var byMetric = new long[reader.ReadArrayHeader()];
        for (var i = 0; i < byMetric.Length; i++)
        {
            byMetric[i] = reader.ReadInt64();
        }

        if (byMetric.Length > lane.Names.Count || byMetric.Append(events).Any(count => count is < 0 or > EventsMax))
        {
            throw new InvalidDataException("There are no such counts.");
        }

        lane.RestoreCounts(events, byMetric, reader.ReadInt32());
    }

    /// <summary>Ends the images: no writer keeps anything for them any more. The caller holds every gate.</summary>
    public void Dispose()
    {
        foreach (var (_, _, image) in _images)
        {
            image.Abandon();
        }
    }

    private delegate void BytesWriter(ref MessagePackWriter writer);

    private void Add(FrameKind kind, int lane, PagedImage image) => _images.Add((kind, lane, image));

    private static byte[] Bytes(BytesWriter write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static PagedImage Names(LaneState lane)
    {
        var count = lane.Names.Count;
        return new PagedImage(PagedImage.PagesOf(count, NamesInPage), (page, into) =>
        {
            var writer = new MessagePackWriter(into);
            for (var code = page * NamesInPage; code < Math.Min(count, (page + 1) * NamesInPage); code++)
            {
                writer.Write(lane.Names[code]);
            }

            writer.Flush();
        });
    }

    private static PagedImage Definitions(Definitions definitions)
    {
        var count = definitions.All.Count;
        return new PagedImage(PagedImage.PagesOf(count, DefinitionsInPage), (page, into) =>
        {
            var writer = new MessagePackWriter(into);
            for (var i = page * DefinitionsInPage; i < Math.Min(count, (page + 1) * DefinitionsInPage); i++)
            {
                var definition = definitions.All[i];
                writer.Write(definition.Kind);
                writer.Write(definition.Name);
                writer.Write(definition.Text);
                writer.Write(definition.At.UnixMs);
            }

            writer.Flush();
        });
    }

    private static void WriteCounts(ref MessagePackWriter writer, LaneState lane)
    {
        writer.Write(lane.Events);
        writer.WriteArrayHeader(lane.EventsByMetric.Count);
        foreach (var events in lane.EventsByMetric)
        {
            writer.Write(events);
        }

        writer.Write(lane.Profiles.Count);
    }
}
