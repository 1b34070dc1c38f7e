using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Faults;

/// <summary>The bytes of a checkpoint, as docs/formats/checkpoint.md has them: a header, then a chain of frames.</summary>
internal static class CheckpointBytes
{
    private const int FrameHeaderBytes = 12;

    internal static int HeaderBytes(int lanes) => 40 + (24 * lanes);

    /// <summary>Finds the frames, each with its header.</summary>
    internal static List<Range> Frames(byte[] file, int lanes)
    {
        var frames = new List<Range>();
        for (var start = HeaderBytes(lanes); start < file.Length;)
        {
            var end = start + FrameHeaderBytes + BitConverter.ToInt32(file, start);
            frames.Add(start..end);
            start = end;
        }

        return frames;
    }

    /// <summary>Changes a byte of the payload of a frame, and makes all checksums right again.</summary>
    internal static void Change(byte[] file, int lanes, Range frame, int at, byte value)
    {
        var payload = file.AsSpan(frame)[FrameHeaderBytes..];
        if (payload.Length > 0)
        {
            payload[at % payload.Length] = value;
            Seal(file, lanes);
        }
    }

    private static void Seal(byte[] file, int lanes)
    {
        var before = 0U;
        foreach (var frame in Frames(file, lanes))
        {
            before = Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, before), file.AsSpan(frame)[8..]));
            BitConverter.TryWriteBytes(file.AsSpan(frame)[4..], before);
        }

        var header = file.AsSpan(0, HeaderBytes(lanes));
        BitConverter.TryWriteBytes(header[32..], before);
        header[28..32].Clear();
        BitConverter.TryWriteBytes(header[28..], Crc32C.Of(header));
    }
}
