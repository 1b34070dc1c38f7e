using System.Buffers.Binary;
using System.Globalization;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>An image of the derived state in a file, with the cut of the log that it belongs to.</summary>
/// <remarks>
/// <para>File: header, then frames. Header (32 + 24 a lane bytes): magic 8, store id 16, lanes 4, crc 4, and for each lane
/// begin 8, until 8, last sequence 8. Frame: length 4, crc 4 (over what follows), kind 1, lane 1, reserved 2, payload.
/// The file is whole when its last frame is of kind End. The layout stands in docs/formats/checkpoint.md.</para>
/// <para>A checkpoint is disposable: one that is damaged, torn, or makes no sense is passed over and the one before is
/// taken, or none. It is written under a temporary name and gets its own only when the log is durable up to its cut: one
/// that is ahead of the log says that the log has lost what it had.</para>
/// </remarks>
internal static class CheckpointFile
{
    internal const string TemporaryName = "checkpoint.new";
    private const string Prefix = "checkpoint-";
    private const int Kept = 2;
    private const int HeaderBytes = 32;
    private const int LaneBytes = 24;
    private const int FrameHeaderBytes = 12;

    private static ReadOnlySpan<byte> Magic => "KLVCHK04"u8;

    /// <summary>Opens the temporary file, empty.</summary>
    /// <returns>The file, and where the first frame goes.</returns>
    internal static (IStorageFile File, long Offset) Begin(IStorageFiles files, int lanes)
    {
        var file = files.Open(TemporaryName, create: true);
        try
        {
            file.SetLength(0);
            return (file, HeaderBytes + (LaneBytes * lanes));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a frame.</summary>
    /// <returns>Where the next one goes.</returns>
    internal static long Write(IStorageFile file, long offset, in Frame frame)
    {
        Span<byte> header = stackalloc byte[FrameHeaderBytes];
        WriteFrameHeader(header, frame);
        file.Write(offset, header);
        file.Write(offset + FrameHeaderBytes, frame.Payload.Span);
        return offset + FrameHeaderBytes + frame.Payload.Length;
    }

    /// <summary>Writes the last frame and the header, and makes all of it durable.</summary>
    internal static void End(IStorageFile file, long offset, Guid storeId, LogCut cut)
    {
        _ = Write(file, offset, new Frame(FrameKind.End, 0, default));
        file.Write(0, Header(storeId, cut));
        file.Sync();
    }

    /// <summary>Gives the temporary file its name, and deletes what is no longer needed.</summary>
    internal static void Publish(IStorageFiles files)
    {
        var existing = Names(files);
        var generation = existing.Count == 0 ? 1 : Generation(existing[0]) + 1;
        files.Rename(TemporaryName, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{generation:d10}"));
        files.SyncDirectory("");
        foreach (var old in existing.Skip(Kept - 1))
        {
            files.Delete(old);
        }
    }

    /// <summary>Deletes all checkpoints but the newest, for good.</summary>
    /// <returns>How many.</returns>
    internal static int DeleteOlder(IStorageFiles files)
    {
        var older = Names(files).Skip(1).ToArray();
        foreach (var name in older)
        {
            files.Delete(name);
        }

        files.SyncDirectory("");
        return older.Length;
    }

    /// <summary>Gets the files that may hold a checkpoint, the newest first.</summary>
    internal static IReadOnlyList<string> Names(IStorageFiles files) =>
        [.. files.List().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal)];

    /// <summary>Whether a file begins as a checkpoint of a store whose cut lies ahead of what its log has.</summary>
    internal static bool IsAhead(IStorageFiles files, string name, Guid storeId, LogCut durable)
    {
        using var file = files.Open(name);
        return ReadHeader(file, storeId, durable.Lanes.Length) is { } cut && !durable.Covers(cut);
    }

    /// <summary>Checks a file from end to end without keeping anything of it.</summary>
    /// <param name="files">The directory.</param>
    /// <param name="name">The file.</param>
    /// <param name="storeId">The store that it has to be of.</param>
    /// <param name="durable">What it must not be ahead of.</param>
    /// <param name="see">Is shown each frame.</param>
    /// <returns>Its cut; null where it is damaged, of another store, or ahead of the log.</returns>
    internal static LogCut? Check(IStorageFiles files, string name, Guid storeId, LogCut durable, Action<Frame> see)
    {
        using var file = files.Open(name);
        return ReadHeader(file, storeId, durable.Lanes.Length) is { } cut && durable.Covers(cut) && ReadFrames(file, cut, see)
            ? cut
            : null;
    }

    /// <summary>Reads a file that <see cref="Check"/> has found good into an empty state.</summary>
    internal static void Read(IStorageFiles files, string name, LogCut cut, Action<Frame> take)
    {
        using var file = files.Open(name);
        if (!ReadFrames(file, cut, take))
        {
            throw new StoreCorruptedException(name, 0, null, null, "The checkpoint changed while it was read.");
        }
    }

    private static byte[] Header(Guid storeId, LogCut cut)
    {
        var header = new byte[HeaderBytes + (LaneBytes * cut.Lanes.Length)];
        Magic.CopyTo(header);
        storeId.TryWriteBytes(header.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), cut.Lanes.Length);
        for (var lane = 0; lane < cut.Lanes.Length; lane++)
        {
            var place = header.AsSpan(HeaderBytes + (LaneBytes * lane));
            BinaryPrimitives.WriteInt64LittleEndian(place, cut[lane].Begin.Value);
            BinaryPrimitives.WriteInt64LittleEndian(place[8..], cut[lane].Until.Value);
            BinaryPrimitives.WriteInt64LittleEndian(place[16..], cut[lane].LastSequence);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(28), Crc32C.Of(header));
        return header;
    }

    private static LogCut? ReadHeader(IStorageFile file, Guid storeId, int laneCount)
    {
        var header = new byte[HeaderBytes + (LaneBytes * laneCount)];
        if (file.Length < header.Length)
        {
            return null;
        }

        file.Read(0, header);
        var lanes = new LaneCut[laneCount];
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            var place = header.AsSpan(HeaderBytes + (LaneBytes * lane));
            lanes[lane] = new LaneCut(
                new LogAddress(BinaryPrimitives.ReadInt64LittleEndian(place)),
                new LogAddress(BinaryPrimitives.ReadInt64LittleEndian(place[8..])),
                BinaryPrimitives.ReadInt64LittleEndian(place[16..]));
        }

        // What is read must be, byte for byte, what would be written.
        var cut = new LogCut([.. lanes]);
        return header.AsSpan().SequenceEqual(Header(storeId, cut)) ? cut : null;
    }

    private static void WriteFrameHeader(Span<byte> header, in Frame frame)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, frame.Payload.Length);
        header[8] = (byte)frame.Kind;
        header[9] = (byte)frame.Lane;
        header[10..12].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Crc(header[8..], frame.Payload.Span));
    }

    private static bool ReadFrames(IStorageFile file, LogCut cut, Action<Frame> take)
    {
        long offset = HeaderBytes + (LaneBytes * cut.Lanes.Length);
        var (length, header, payload) = (file.Length, new byte[FrameHeaderBytes], new byte[1 << 20]);
        while (offset + FrameHeaderBytes <= length)
        {
            file.Read(offset, header);
            var size = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (size < 0 || offset + FrameHeaderBytes + size > length)
            {
                return false;
            }

            payload = payload.Length < size ? new byte[size] : payload;
            file.Read(offset + FrameHeaderBytes, payload.AsSpan(0, size));
            if (Crc(header.AsSpan(8), payload.AsSpan(0, size)) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
            {
                return false;
            }

            var kind = (FrameKind)header[8];
            take(new Frame(kind, header[9], payload.AsMemory(0, size)));
            if (kind == FrameKind.End)
            {
                return true;
            }

            offset += FrameHeaderBytes + size;
        }

        return false;
    }

    private static uint Crc(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, header), payload));

    private static long Generation(string name) =>
        long.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
