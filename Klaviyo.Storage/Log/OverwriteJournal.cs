using System.Buffers;
using System.Buffers.Binary;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>The file that makes overwriting parts of the log repeatable: what is to stand where, synced before the first byte.</summary>
/// <remarks>
/// <para>A power cut may leave an overwritten record half old and half new. So the next opening, before it looks at any record,
/// writes all of it again. A journal that is not whole is one of overwriting that had not begun, and is deleted.</para>
/// <para>Parts, one behind the other: length 4, CRC-32C of what follows 4, then entries. An entry: lane 4, kind 1, has payload 1,
/// address 8, sequence 8, length 4, payload. The first part is the store's id, 16 bytes; the last is empty. All little-endian.</para>
/// </remarks>
internal sealed class OverwriteJournal : IDisposable
{
    internal const string FileName = "overwrite.journal";
    private const int PartBytes = 64 << 10;
    private const int PartHeaderBytes = 8;
    private const int EntryBytes = 26;
    private const int IdBytes = 16;

    private readonly IStorageFiles _files;
    private readonly IStorageFile _file;
    private readonly ArrayBufferWriter<byte> _part = new();
    private long _offset;

    private OverwriteJournal(IStorageFiles files, Guid storeId)
    {
        _files = files;
        _file = files.Open(FileName, create: true);
        _file.SetLength(0);
        storeId.TryWriteBytes(_part.GetSpan(IdBytes));
        _part.Advance(IdBytes);
        EndPart();
    }

    internal static OverwriteJournal Begin(IStorageFiles files, Guid storeId) => new(files, storeId);

    internal void Add(in Overwrite overwrite)
    {
        var entry = _part.GetSpan(EntryBytes);
        BinaryPrimitives.WriteInt32LittleEndian(entry, overwrite.Lane);
        entry[4] = overwrite.Kind;
        entry[5] = overwrite.Payload.IsEmpty ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt64LittleEndian(entry[6..], overwrite.Address);
        BinaryPrimitives.WriteInt64LittleEndian(entry[14..], overwrite.Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(entry[22..], overwrite.PayloadBytes);
        _part.Advance(EntryBytes);
        _part.Write(overwrite.Payload.Span);
        if (_part.WrittenCount >= PartBytes)
        {
            EndPart();
        }
    }

    /// <summary>Makes the journal whole and durable: now the log may be overwritten.</summary>
    internal void End()
    {
        if (_part.WrittenCount > 0)
        {
            EndPart();
        }

        EndPart();
        _file.Sync();
        _files.SyncDirectory("");
    }

    /// <summary>Reads a journal that is whole, part by part.</summary>
    internal static IEnumerable<Overwrite> Read(IStorageFiles files, Guid storeId)
    {
        foreach (var part in Parts(files, storeId))
        {
            for (var rest = part; rest.Length > 0;)
            {
                var overwrite = ReadEntry(rest, out var bytes);
                yield return overwrite;
                rest = rest[bytes..];
            }
        }
    }

    /// <summary>Overwrites again what an earlier life had begun to overwrite. Nothing of the log was read yet.</summary>
    internal static void Redo(IStorageFiles files, StoreManifest manifest, Action overwritten)
    {
        if (!files.Exists(FileName))
        {
            return;
        }

        if (IsWhole(files, manifest.StoreId))
        {
            using var segments = new SegmentOverwriter(files, manifest.Layout);
            foreach (var overwrite in Read(files, manifest.StoreId))
            {
                segments.Write(overwrite, RecordHeader.Seed(manifest.StoreId, overwrite.Lane));
            }

            segments.Sync();
            overwritten();
        }

        Delete(files);
    }

    /// <summary>Deletes the journal, when all that it says is done and durable.</summary>
    internal static void Delete(IStorageFiles files)
    {
        files.Delete(FileName);
        files.SyncDirectory("");
    }

    public void Dispose() => _file.Dispose();

    private static bool IsWhole(IStorageFiles files, Guid storeId)
    {
        try
        {
            foreach (var _ in Parts(files, storeId))
            {
                // Reading is the check.
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Parts(IStorageFiles files, Guid storeId)
    {
        using var file = files.Open(FileName);
        long offset = 0;
        var id = ReadPart(file, ref offset);
        if (id.Length != IdBytes || new Guid(id.Span) != storeId)
        {
            throw Broken();
        }

        for (var part = ReadPart(file, ref offset); part.Length > 0; part = ReadPart(file, ref offset))
        {
            yield return part;
        }
    }

    private static ReadOnlyMemory<byte> ReadPart(IStorageFile file, ref long offset)
    {
        var header = new byte[PartHeaderBytes];
        Read(file, offset, header);
        var size = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (size < 0 || offset + PartHeaderBytes + size > file.Length)
        {
            throw Broken();
        }

        var part = new byte[size];
        Read(file, offset + PartHeaderBytes, part);
        offset += PartHeaderBytes + size;
        return Checksum(part) == BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)) ? part : throw Broken();
    }

    private static void Read(IStorageFile file, long offset, byte[] into)
    {
        if (offset + into.Length > file.Length)
        {
            throw Broken();
        }

        file.Read(offset, into);
    }

    // A length of zero and a checksum of zero would be what a file is full of that was never written.
    private static uint Checksum(ReadOnlySpan<byte> part) => ~Crc32C.Of(part);

    private static Overwrite ReadEntry(ReadOnlyMemory<byte> part, out int bytes)
    {
        var entry = part.Span;
        var payloadBytes = BinaryPrimitives.ReadInt32LittleEndian(entry[22..]);
        var payload = entry[5] == 0 ? default : part.Slice(EntryBytes, payloadBytes);
        bytes = EntryBytes + payload.Length;
        return new Overwrite(
            BinaryPrimitives.ReadInt32LittleEndian(entry),
            BinaryPrimitives.ReadInt64LittleEndian(entry[6..]),
            entry[4],
            BinaryPrimitives.ReadInt64LittleEndian(entry[14..]),
            payloadBytes,
            payload);
    }

    private static InvalidDataException Broken() => new("The journal is not whole.");

    private void EndPart()
    {
        var header = new byte[PartHeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, _part.WrittenCount);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), Checksum(_part.WrittenSpan));
        _file.Write(_offset, header);
        _file.Write(_offset + PartHeaderBytes, _part.WrittenSpan);
        _offset += PartHeaderBytes + _part.WrittenCount;
        _part.ResetWrittenCount();
    }
}
