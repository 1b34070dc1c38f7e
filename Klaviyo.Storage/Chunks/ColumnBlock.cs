using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Chunks;

/// <summary>Up to 8192 cells of one column.</summary>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ColumnBlock(Chunk chunk, BlockShape shape) : ChunkPart(chunk, shape.Part)
{
    // A row of the hot path reads a handful of fields, not a struct of 64 bytes.
    private readonly long _least = shape.Least;
    private readonly long _mask = shape.Width == sizeof(long) ? -1 : (1L << (shape.Width * 8)) - 1;
    private readonly int _width = shape.Width;
    private readonly int _kindsOffset = shape.KindsOffset;
    private readonly int _cellsOffset = shape.CellsOffset;
    private readonly CellKind _kind = shape.Kind;
    private readonly bool _isUniform = shape.IsUniform;
    private readonly bool _isSparse = shape.IsSparse;

    internal BlockShape Shape => shape;

    /// <summary>Gets a cell.</summary>
    /// <param name="row">The row within the block.</param>
    internal Cell this[int row]
    {
        get
        {
            var array = Array;
            var place = _isSparse ? PlaceOf(array, row) : row;
            return place < 0 ? default : new Cell(KindAt(array, place), BitsAt(array, place));
        }
    }

    /// <summary>Gets the bits of a cell of a block of which every cell has a value of one kind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long BitsOf(int row) => BitsAt(Array, row);

    /// <summary>Writes out all cells.</summary>
    /// <param name="bits">Takes the bits of each row; 0 where there is no value.</param>
    /// <param name="kinds">Takes the kind of each row.</param>
    internal void Decode(Span<long> bits, Span<CellKind> kinds)
    {
        var array = Array;
        if (_isSparse)
        {
            DecodeSparse(array, bits, kinds);
            return;
        }

        DecodeBits(array, bits);
        if (_isUniform)
        {
            kinds[..shape.Rows].Fill(_kind);
        }
        else
        {
            KindBytes(array).CopyTo(kinds);
        }
    }

    /// <summary>Writes out the bits of all cells of a block that is not sparse.</summary>
    internal void DecodeBits(Span<long> bits)
    {
        DecodeBits(Array, bits);
    }

    private void DecodeBits(byte[] array, Span<long> bits)
    {
        bits = bits[..shape.Rows];
        var cells = array.AsSpan(Offset + _cellsOffset);
        switch (_width)
        {
            case 0:
                bits.Fill(_least);
                break;
            case 1:
                Widen(cells, bits);
                break;
            case 2:
                Widen(MemoryMarshal.Cast<byte, ushort>(cells[..(bits.Length * sizeof(ushort))]), bits);
                break;
            case 4:
                Widen(MemoryMarshal.Cast<byte, uint>(cells[..(bits.Length * sizeof(uint))]), bits);
                break;
            default:
                for (var row = 0; row < bits.Length; row++)
                {
                    bits[row] = BitsAt(array, row);
                }

                break;
        }
    }

    private void Widen(ReadOnlySpan<byte> cells, Span<long> bits)
    {
        for (var row = 0; row < bits.Length; row++)
        {
            bits[row] = unchecked(_least + cells[row]);
        }
    }

    private void Widen(ReadOnlySpan<ushort> cells, Span<long> bits)
    {
        for (var row = 0; row < bits.Length; row++)
        {
            bits[row] = unchecked(_least + cells[row]);
        }
    }

    private void Widen(ReadOnlySpan<uint> cells, Span<long> bits)
    {
        for (var row = 0; row < bits.Length; row++)
        {
            bits[row] = unchecked(_least + cells[row]);
        }
    }

    private void DecodeSparse(byte[] array, Span<long> bits, Span<CellKind> kinds)
    {
        bits[..shape.Rows].Clear();
        kinds[..shape.Rows].Clear();
        var rows = array.AsSpan(Offset);
        for (var place = 0; place < shape.Written; place++)
        {
            var row = BinaryPrimitives.ReadUInt16LittleEndian(rows[(place * sizeof(ushort))..]);
            kinds[row] = KindAt(array, place);
            bits[row] = BitsAt(array, place);
        }
    }

    private ReadOnlySpan<CellKind> KindBytes(byte[] array) =>
        MemoryMarshal.Cast<byte, CellKind>(array.AsSpan(Offset + _kindsOffset, shape.Written));

    private CellKind KindAt(byte[] array, int place) =>
        _isUniform ? _kind : (CellKind)array[Offset + _kindsOffset + place];

    // A cell is read as 8 bytes, of which the upper ones are cut off; behind every part there is room for that.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long BitsAt(byte[] array, int place)
    {
        unchecked
        {
            var start = Offset + _cellsOffset + (place * _width);
            return _least + (BinaryPrimitives.ReadInt64LittleEndian(array.AsSpan(start, sizeof(long))) & _mask);
        }
    }

    /// <summary>Finds where a row is written; negative where it has no value.</summary>
    private int PlaceOf(byte[] array, int row)
    {
        var rows = MemoryMarshal.Cast<byte, ushort>(array.AsSpan(Offset, shape.Written * sizeof(ushort)));
        return rows.BinarySearch((ushort)row);
    }
}
