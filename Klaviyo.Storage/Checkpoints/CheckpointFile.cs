using System.Buffers.Binary;
using System.Globalization;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>An image of the derived state in a file, with the cut of the log that it belongs to.</summary>
/// <remarks>
/// <para>File: header, then frames. Header (40 + 24 a lane bytes): magic 8, store id 16, lanes 4, crc 4, seal 4, reserved 4, and
/// for each lane begin 8, until 8, last sequence 8. Frame: length 4, crc 4 (over the crc of the frame before, and what
/// follows), kind 1, lane 1, reserved 2, payload. The file is whole when its last frame is of kind End and its crc is the
/// seal. The layout stands in docs/formats/checkpoint.md.</para>
/// <para>Many frames are short, and all parts of the identifiers look alike: were each checked by itself, a sector that stands
/// in the place of another could pass.</para>
/// <para>A checkpoint is disposable: one that is damaged, torn, or makes no sense is passed over and the one before is
/// taken, or none. It is written under a temporary name and gets its own only when the log is durable up to its cut: one
/// that is ahead of the log says that the log has lost what it had.</para>
/// </remarks>
internal static class CheckpointFile
{
    internal const string TemporaryName = "checkpoint.new";
    private const string Prefix = "checkpoint-";
    private const int Digits = 10;
    private const int Kept = 2;
    private const int HeaderBytes = 40;
    private const int LaneBytes = 24;
    private const int SealOffset = 32;

    internal const int FrameHeaderBytes = 12;

    /// <summary>What the checksum of the first frame begins with in the place of that of the frame before.</summary>
    internal const uint FirstCrc = 0;

    private static ReadOnlySpan<byte> Magic => "KLVCHK05"u8;

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
    internal static IReadOnlyList<string> Names(IStorageFiles files) => [.. files.List().Where(IsName).OrderByDescending(Generation)];

    // A copy that somebody made beside them may be called nearly so.
    private static bool IsName(string name) =>
        name.Length == Prefix.Length + Digits
        && name.StartsWith(Prefix, StringComparison.Ordinal)
        && !name.AsSpan(Prefix.Length).ContainsAnyExceptInRange('0', '9');

    /// <summary>Whether a file begins as a checkpoint of a store whose cut lies ahead of what its log has.</summary>
    internal static bool IsAhead(IStorageFiles files, string name, Guid storeId, LogCut durable)
    {
        using var file = files.Open(name);
        return ReadHeader(file, storeId, durable.Lanes.Length) is { } header && !durable.Covers(header.Cut);
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
        return ReadHeader(file, storeId, durable.Lanes.Length) is { } header
            && durable.Covers(header.Cut)
            && ReadFrames(file, durable.Lanes.Length, see) == header.Seal
                ? header.Cut
                : null;
    }

    /// <summary>Reads a file that <see cref="Check"/> has found good into an empty state.</summary>
    internal static void Read(IStorageFiles files, string name, LogCut cut, Action<Frame> take)
    {
        using var file = files.Open(name);
        if (ReadFrames(file, cut.Lanes.Length, take) is null)
        {
            throw new StoreCorruptedException(name, 0, null, null, "The checkpoint changed while it was read.");
        }
    }

    /// <summary>Makes the header of a file.</summary>
    /// <param name="storeId">The store.</param>
    /// <param name="cut">Up to where the image has the log.</param>
    /// <param name="seal">The checksum of the last frame, and so of all.</param>
    internal static byte[] Header(Guid storeId, LogCut cut, uint seal)
    {
        var header = new byte[FramesOffset(cut.Lanes.Length)];
        Magic.CopyTo(header);
        storeId.TryWriteBytes(header.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), cut.Lanes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(SealOffset), seal);
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

    /// <summary>Gets where the first frame stands.</summary>
    internal static int FramesOffset(int lanes) => HeaderBytes + (LaneBytes * lanes);

    /// <summary>Writes the header of a frame.</summary>
    /// <returns>The checksum of the frame.</returns>
    internal static uint WriteFrameHeader(Span<byte> header, in Frame frame, uint before)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, frame.Payload.Length);
        header[8] = (byte)frame.Kind;
        header[9] = (byte)frame.Lane;
        header[10..12].Clear();
        var crc = Crc(before, header[8..], frame.Payload.Span);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], crc);
        return crc;
    }

    private static (LogCut Cut, uint Seal)? ReadHeader(IStorageFile file, Guid storeId, int laneCount)
    {
        var header = new byte[FramesOffset(laneCount)];
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
        var (cut, seal) = (new LogCut([.. lanes]), BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(SealOffset)));
        return header.AsSpan().SequenceEqual(Header(storeId, cut, seal)) ? (cut, seal) : null;
    }

    // Gives the checksum of the last frame; null where there is no last one.
    private static uint? ReadFrames(IStorageFile file, int laneCount, Action<Frame> take)
    {
        long offset = FramesOffset(laneCount);
        var (length, header, payload, before) = (file.Length, new byte[FrameHeaderBytes], new byte[1 << 20], FirstCrc);
        while (offset + FrameHeaderBytes <= length)
        {
            file.Read(offset, header);
            var size = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (size < 0 || offset + FrameHeaderBytes + size > length)
            {
                return null;
            }

            payload = payload.Length < size ? new byte[size] : payload;
            file.Read(offset + FrameHeaderBytes, payload.AsSpan(0, size));
            before = Crc(before, header.AsSpan(8), payload.AsSpan(0, size));
            if (before != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
            {
                return null;
            }

            var kind = (FrameKind)header[8];
            take(new Frame(kind, header[9], payload.AsMemory(0, size)));
            if (kind == FrameKind.End)
            {
                return before;
            }

            offset += FrameHeaderBytes + size;
        }

        return null;
    }

    private static uint Crc(uint before, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Add(Crc32C.Start, before), header), payload));

    private static long Generation(string name) =>
        long.Parse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);
}
