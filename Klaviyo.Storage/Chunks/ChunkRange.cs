using System.Globalization;

namespace Klaviyo.Storage.Chunks;

/// <summary>A stretch of the log of one lane: from the address of a record up to, not including, another address.</summary>
internal readonly record struct ChunkRange(int Lane, long From, long Until) : IComparable<ChunkRange>
{
    private const string Prefix = "/chunk.";

    internal long LogBytes => Until - From;

    /// <summary>Gets the file that holds the columns of the stretch.</summary>
    internal string Name => string.Create(CultureInfo.InvariantCulture, $"{Folder(Lane)}{Prefix}{From}-{Until}");

    internal static string Folder(int lane) => string.Create(CultureInfo.InvariantCulture, $"lane-{lane}");

    /// <summary>Gets the name of a chunk that is being written.</summary>
    internal static string TemporaryName(int lane) => $"{Folder(lane)}{Prefix}new";

    /// <summary>Gets whether a file is a chunk of a lane, whole or not.</summary>
    internal static bool IsOf(int lane, string name) => name.StartsWith(Folder(lane) + Prefix, StringComparison.Ordinal);

    /// <summary>Reads the range out of the name of a chunk.</summary>
    internal static bool TryParse(int lane, string name, out ChunkRange range)
    {
        range = default;
        var ends = name[(Folder(lane).Length + Prefix.Length)..].Split('-');
        if (ends.Length != 2 || !TryRead(ends[0], out var from) || !TryRead(ends[1], out var until) || from >= until)
        {
            return false;
        }

        range = new ChunkRange(lane, from, until);
        return range.Name == name;
    }

    public int CompareTo(ChunkRange other) =>
        From != other.From ? From.CompareTo(other.From) : other.Until.CompareTo(Until);

    internal bool Contains(long address) => address >= From && address < Until;

    internal bool Overlaps(long from, long until) => From < until && from < Until;

    private static bool TryRead(string text, out long address) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out address);
}
