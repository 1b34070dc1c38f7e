namespace Klaviyo.Storage.Chunks;

/// <summary>What the 64 bits of a cell mean. The numbers stand in files.</summary>
internal enum CellKind : byte
{
    /// <summary>No value.</summary>
    Null = 0,

    /// <summary>0 or 1.</summary>
    Boolean = 1,

    /// <summary>A whole number.</summary>
    Whole = 2,

    /// <summary>A number of hundredths: prices.</summary>
    Hundredths = 3,

    /// <summary>The bits of a double.</summary>
    Double = 4,

    /// <summary>The place of a string in the dictionary of the column.</summary>
    String = 5,

    /// <summary>Milliseconds since 1970.</summary>
    Instant = 6,

    /// <summary>A value that no column holds: a list, an object, a long string. It is read from the log.</summary>
    InLog = 7,
}
