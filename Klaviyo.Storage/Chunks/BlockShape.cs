namespace Klaviyo.Storage.Chunks;

/// <summary>How a block of cells is written, and what can be said about it without reading it.</summary>
/// <remarks>
/// <para>A cell is written as its distance from the smallest, in as many bytes as the greatest distance needs. Where all
/// cells have one kind it stands here, else each has a byte in front of the distances. Where few cells have a value, only
/// those are written, behind their rows (2 bytes each).</para>
/// </remarks>
/// <param name="Part">Where the bytes lie.</param>
/// <param name="Least">The smallest bits of a cell that has a value.</param>
/// <param name="Most">The greatest bits.</param>
/// <param name="Kinds">A bit for each <see cref="CellKind"/> that occurs.</param>
/// <param name="Width">Bytes a cell, 0 to 8.</param>
/// <param name="Rows">How many cells the block stands for.</param>
/// <param name="Written">How many cells are written: all, or those with a value.</param>
internal readonly record struct BlockShape(
    PartPlace Part, long Least, long Most, byte Kinds, byte Width, int Rows, int Written)
{
    /// <summary>The rows of a block: a power of two, so that a row finds its block by a shift.</summary>
    internal const int RowsMax = 1 << RowBits;
    internal const int RowBits = 13;
    internal const int RowMask = RowsMax - 1;

    internal bool IsSparse => Written < Rows;

    /// <summary>Gets whether every written cell is of one kind.</summary>
    internal bool IsUniform => byte.IsPow2(WrittenKinds) || WrittenKinds == 0;

    /// <summary>Gets the kind of every written cell, where it is one.</summary>
    internal CellKind Kind => WrittenKinds == 0 ? CellKind.Null : (CellKind)byte.TrailingZeroCount(WrittenKinds);

    internal int KindsOffset => IsSparse ? Written * sizeof(ushort) : 0;

    internal int CellsOffset => KindsOffset + (IsUniform ? 0 : Written);

    internal int Bytes => CellsOffset + (Written * Width);

    private byte WrittenKinds => IsSparse ? (byte)(Kinds & ~(1 << (int)CellKind.Null)) : Kinds;

    internal bool Has(CellKind kind) => (Kinds & (1 << (int)kind)) != 0;
}
