namespace Klaviyo.Storage.Chunks;

/// <summary>One value of a column.</summary>
internal readonly record struct Cell(CellKind Kind, long Bits)
{
    // Above it, neighbours are further apart than 1, and whole numbers would not come back as they went in.
    private const double WholeMax = 1L << 53;

    internal static Cell InLog => new(CellKind.InLog, 0);

    /// <summary>Makes the smallest cell that gives exactly the number back.</summary>
    internal static Cell Number(double value)
    {
        var whole = Math.Abs(value) < WholeMax ? (long)value : 0;
        if (Same(whole, value))
        {
            return new Cell(CellKind.Whole, whole);
        }

        var scaled = Math.Round(value * 100);
        var hundredths = Math.Abs(scaled) < WholeMax ? (long)scaled : 0;
        return Same(hundredths / 100.0, value)
            ? new Cell(CellKind.Hundredths, hundredths)
            : new Cell(CellKind.Double, BitConverter.DoubleToInt64Bits(value));
    }

    internal static bool IsNumber(CellKind kind) => kind is CellKind.Whole or CellKind.Hundredths or CellKind.Double;

    /// <summary>Gets the number; NaN where there is none.</summary>
    internal double AsNumber()
    {
        return Kind switch
        {
            CellKind.Whole => Bits,
            CellKind.Hundredths => Bits / 100.0,
            CellKind.Double => BitConverter.Int64BitsToDouble(Bits),
            _ => double.NaN,
        };
    }

    /// <summary>Writes the number in a coarser way, which every number of a block then has.</summary>
    internal Cell As(CellKind kind)
    {
        if (Kind == kind || !IsNumber(Kind))
        {
            return this;
        }

        return kind == CellKind.Hundredths
            ? new Cell(kind, Bits * 100)
            : new Cell(kind, BitConverter.DoubleToInt64Bits(AsNumber()));
    }

    private static bool Same(double one, double other) =>
        BitConverter.DoubleToInt64Bits(one) == BitConverter.DoubleToInt64Bits(other);
}
