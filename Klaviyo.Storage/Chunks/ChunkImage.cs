using System.Buffers.Binary;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>The bytes of a chunk, or of its directory, as they grow.</summary>
internal sealed class ChunkImage : IDisposable
{
    private readonly UnmanagedList<byte> _bytes = new();

    internal int Length => _bytes.Count;

    internal ReadOnlySpan<byte> Written => _bytes.Items;

    /// <summary>Adds room for some bytes, with <see cref="ChunkPart.Slack"/> more behind them that may be written over.</summary>
    internal Span<byte> Room(int count) => _bytes.Add(count, ChunkPart.Slack);

    internal void Add(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    internal void Add(int value) => BinaryPrimitives.WriteInt32LittleEndian(Room(sizeof(int)), value);

    internal void Add(long value) => BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value);

    internal void Add(in PartPlace place)
    {
        Add(place.Offset);
        Add(place.Bytes);
        Add(unchecked((int)place.Crc));
    }

    internal void Add(in BlockShape shape)
    {
        Add(shape.Part);
        Add(shape.Least);
        Add(shape.Most);
        Add([shape.Kinds, shape.Width]);
        BinaryPrimitives.WriteUInt16LittleEndian(Room(sizeof(ushort)), (ushort)shape.Written);
    }

    /// <summary>Gets the place of all that was added since the image had a length.</summary>
    internal PartPlace PlaceSince(int length) => new(length, Length - length, Crc32C.Of(Written[length..]));

    /// <summary>Writes over bytes that were added.</summary>
    internal Span<byte> At(int offset, int count) => _bytes.Items.Slice(offset, count);

    /// <summary>Gets the bytes in an array of their own, with slack behind them.</summary>
    internal byte[] ToArray()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Length + ChunkPart.Slack);
        Written.CopyTo(bytes);
        return bytes;
    }

    public void Dispose() => _bytes.Dispose();
}
