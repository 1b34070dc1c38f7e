namespace Klaviyo.Storage.Cold;

/// <summary>A place in the cold files of a lane; the default is none.</summary>
/// <remarks>
/// File 24 bits, from 1 on; offset 24 bits and length 16 bits, both in units of 32 bytes: up to 512 MiB a file and 2 MiB a record.
/// A longer record has the greatest length here; its own header then tells.
/// </remarks>
internal readonly record struct ColdPlace(ulong Packed)
{
    internal const int Unit = 32;
    internal const int UnitsMax = ushort.MaxValue;
    internal const int OffsetUnitsMax = (1 << 24) - 1;

    internal ColdPlace(int file, long offset, int bytes)
        : this(((ulong)file << 40) | ((ulong)(offset / Unit) << 16) | (uint)Math.Min(UnitsMax, (bytes + Unit - 1) / Unit))
    {
    }

    internal bool IsNone => Packed == 0;

    internal int File => (int)(Packed >> 40);

    internal long Offset => (long)((Packed >> 16) & OffsetUnitsMax) * Unit;

    /// <summary>Gets how many bytes to read; more if it is the greatest there is.</summary>
    internal int Bytes => (int)(Packed & UnitsMax) * Unit;
}
