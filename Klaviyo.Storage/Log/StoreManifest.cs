using System.Globalization;
using System.Text;
using Klaviyo.Storage.Files;
using static System.FormattableString;

namespace Klaviyo.Storage.Log;

/// <summary>What a store is, written once when it is created: the file <c>STORE</c>, and its copy.</summary>
/// <remarks>
/// Text, so that a person with only the directory can tell what it is:
/// <code>
/// klaviyo store 1
/// id 6f9619ff-8b86-d011-b42d-00c04fc964ff
/// created-ms 1764547200000
/// lanes 2
/// page-bytes 4194304
/// segment-bytes 1073741824
/// crc32c 1c291ca3
/// </code>
/// A fork has one line more, <c>fork-of</c> and an id, before the checksum. Lines end with a line feed; the checksum covers the lines before its own. A file that is not, byte for byte, what
/// would be written for the values in it is damaged.
/// </remarks>
internal sealed record StoreManifest(Guid StoreId, long CreatedMs, int LaneCount, LogLayout Layout)
{
    internal const string FileName = "STORE";
    internal const string UnfinishedName = "STORE.new";
    internal const int LaneCountMax = 64;

    private const string Family = "klaviyo store ";
    private const string FirstLine = Family + "1";
    private const string ChecksumWord = "crc32c ";
    private const int LineCount = 8;
    private const int ForkLine = 6;
    private const int BytesMax = 1024;

    /// <summary>Gets the store in which a line of forks began; null for a store that is no fork.</summary>
    internal Guid? ForkOf { get; init; }

    /// <summary>Gets the id under which everything began: what was hashed under it, in whichever fork, can be found again.</summary>
    internal Guid OriginId => ForkOf ?? StoreId;

    /// <summary>Gets the manifest of a fork.</summary>
    internal StoreManifest Fork(Guid storeId, long createdMs) =>
        this with { StoreId = storeId, CreatedMs = createdMs, ForkOf = OriginId };

    /// <summary>Writes a file so that after a crash it is there as a whole, or as it was before.</summary>
    internal void Write(IStorageFiles files, string name)
    {
        using (var file = files.Open(UnfinishedName, create: true))
        {
            var bytes = Encoding.ASCII.GetBytes(Render());
            file.SetLength(bytes.Length);
            file.Write(0, bytes);
            file.Sync();
        }

        files.Rename(UnfinishedName, name);
        files.SyncDirectory("");
    }

    /// <summary>Reads a file.</summary>
    /// <returns>Null when it is missing or damaged.</returns>
    /// <exception cref="StoreCorruptedException">It is whole, and of a version that this library does not know.</exception>
    internal static StoreManifest? Read(IStorageFiles files, string name)
    {
        if (!files.Exists(name))
        {
            return null;
        }

        var text = Encoding.Latin1.GetString(Bytes(files, name));
        if (IsOtherVersion(text))
        {
            throw new StoreCorruptedException(name, 0, null, null, "The store was written by another version of this library.");
        }

        return IsIntact(text) && TryParse(text, out var manifest) && manifest.Render() == text ? manifest : null;
    }

    /// <summary>Gets what stands in a file, as far as a manifest may go.</summary>
    internal static byte[] Bytes(IStorageFiles files, string name)
    {
        using var file = files.Open(name);
        var bytes = new byte[Math.Min(file.Length, BytesMax)];
        file.Read(0, bytes);
        return bytes;
    }

    internal string Render()
    {
        var lines = string.Join('\n',
            FirstLine,
            $"id {StoreId:D}",
            Invariant($"created-ms {CreatedMs}"),
            Invariant($"lanes {LaneCount}"),
            Invariant($"page-bytes {Layout.PageBytes}"),
            Invariant($"segment-bytes {Layout.SegmentBytes}"),
            ForkOf is { } origin ? $"fork-of {origin:D}\n" : "");
        return lines + ChecksumLine(lines);
    }

    private static string ChecksumLine(string lines) =>
        Invariant($"{ChecksumWord}{Crc32C.Of(Encoding.Latin1.GetBytes(lines)):x8}\n");

    private static bool IsIntact(string text)
    {
        var checksum = text.LastIndexOf(ChecksumWord, StringComparison.Ordinal);
        return checksum > 0 && text[checksum..] == ChecksumLine(text[..checksum]);
    }

    private static bool IsOtherVersion(string text) =>
        IsIntact(text) && text.StartsWith(Family, StringComparison.Ordinal)
        && !text.StartsWith(FirstLine + '\n', StringComparison.Ordinal);

    private static bool TryParse(string text, out StoreManifest manifest)
    {
        manifest = null!;
        var values = text.Split('\n').Select(line => line[(line.LastIndexOf(' ') + 1)..]).ToArray();
        var isFork = values.Length == LineCount + 1;
        var origin = Guid.Empty;
        if ((values.Length != LineCount && !isFork)
            || !Guid.TryParseExact(values[1], "D", out var id)
            || !TryNumber(values[2], out var createdMs)
            || !TryNumber(values[3], out var lanes)
            || !TryNumber(values[4], out var pageBytes)
            || !TryNumber(values[5], out var segmentBytes)
            || (isFork && !Guid.TryParseExact(values[ForkLine], "D", out origin)))
        {
            return false;
        }

        manifest = new StoreManifest(id, createdMs, (int)lanes, new LogLayout((int)pageBytes, segmentBytes))
        {
            ForkOf = isFork ? origin : null,
        };
        return true;
    }

    private static bool TryNumber(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
