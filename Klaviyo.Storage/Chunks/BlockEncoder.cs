using System.Buffers.Binary;

namespace Klaviyo.Storage.Chunks;

/// <summary>Writes up to 8192 cells in as few bytes as their kinds and distances allow.</summary>
internal static class BlockEncoder
{
    // Beyond it a whole number has no exact number of hundredths.
    private const long WholeWithHundredthsMax = (1L << 53) / 100;

    private const int NumberKinds = (1 << (int)CellKind.Whole) | (1 << (int)CellKind.Hundredths) | (1 << (int)CellKind.Double);

    /// <summary>Writes a block; the cells may be changed to other forms of the same values.</summary>
    internal static BlockShape Write(ChunkImage image, Span<Cell> cells)
    {
        MakeNumbersAlike(cells);
        var shape = Measured(cells);
        var start = image.Length;
        if (shape.IsSparse)
        {
            WriteRows(image, cells);
        }

        if (!shape.IsUniform)
        {
            WriteKinds(image, cells, shape);
        }

        WriteCells(image, cells, shape);
        return shape with { Part = image.PlaceSince(start) };
    }

    // Prices are hundredths but for the round ones: written alike, the block needs no kind for each.
    private static void MakeNumbersAlike(Span<Cell> cells)
    {
        var kinds = 0;
        var fits = true;
        foreach (ref readonly var cell in cells)
        {
            kinds |= 1 << (int)cell.Kind;
            fits &= cell.Kind != CellKind.Whole || Math.Abs(cell.Bits) <= WholeWithHundredthsMax;
        }

        if (int.IsPow2(kinds & NumberKinds) || (kinds & NumberKinds) == 0)
        {
            return;
        }

        var kind = fits && (kinds & (1 << (int)CellKind.Double)) == 0 ? CellKind.Hundredths : CellKind.Double;
        foreach (ref var cell in cells)
        {
            cell = cell.As(kind);
        }
    }

    private static BlockShape Measured(ReadOnlySpan<Cell> cells)
    {
        var (least, most, kinds, count) = (long.MaxValue, long.MinValue, 0, 0);
        foreach (ref readonly var cell in cells)
        {
            kinds |= 1 << (int)cell.Kind;
            if (cell.Kind != CellKind.Null)
            {
                least = Math.Min(least, cell.Bits);
                most = Math.Max(most, cell.Bits);
                count++;
            }
        }

        (least, most) = count == 0 ? (0, 0) : (least, most);
        var dense = new BlockShape(default, least, most, (byte)kinds, WidthOf(least, most), cells.Length, cells.Length);
        var sparse = dense with { Written = count };
        return sparse.IsSparse && sparse.Bytes < dense.Bytes ? sparse : dense;
    }

    private static byte WidthOf(long least, long most)
    {
        var distance = unchecked((ulong)most - (ulong)least);
        return (byte)((71 - ulong.LeadingZeroCount(distance)) / 8);
    }

    private static void WriteRows(ChunkImage image, ReadOnlySpan<Cell> cells)
    {
        for (var row = 0; row < cells.Length; row++)
        {
            if (cells[row].Kind != CellKind.Null)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(image.Room(sizeof(ushort)), (ushort)row);
            }
        }
    }

    private static void WriteKinds(ChunkImage image, ReadOnlySpan<Cell> cells, in BlockShape shape)
    {
        var kinds = image.Room(shape.Written);
        var place = 0;
        foreach (ref readonly var cell in cells)
        {
            if (!shape.IsSparse || cell.Kind != CellKind.Null)
            {
                kinds[place++] = (byte)cell.Kind;
            }
        }
    }

    // Each cell is written as 8 bytes, of which the next one covers what is too much.
    private static void WriteCells(ChunkImage image, ReadOnlySpan<Cell> cells, in BlockShape shape)
    {
        var room = image.Room(shape.Written * shape.Width);
        var place = 0;
        foreach (ref readonly var cell in cells)
        {
            if (!shape.IsSparse || cell.Kind != CellKind.Null)
            {
                var distance = cell.Kind == CellKind.Null ? 0 : unchecked(cell.Bits - shape.Least);
                BinaryPrimitives.WriteInt64LittleEndian(room[place..], distance);
                place += shape.Width;
            }
        }
    }
}
