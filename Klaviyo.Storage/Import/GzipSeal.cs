using System.IO.Compression;

namespace Klaviyo.Storage.Import;

/// <summary>A part that is put behind a compressed source, and looked for behind what was decompressed.</summary>
/// <remarks>
/// <see cref="GZipStream"/> takes a source that was cut off for one that has ended. gzip may consist of several parts,
/// so one more does no harm; and it comes out as it is only if the parts before it were whole.
/// </remarks>
internal static class GzipSeal
{
    /// <summary>Gets what must come out last.</summary>
    internal static ReadOnlySpan<byte> Text => "\u0000\u001fend of the source\u001f\u0000"u8;

    internal static bool IsGzip(ReadOnlySpan<byte> start) => start is [0x1F, 0x8B, ..];

    /// <summary>Makes the part to be put behind the source.</summary>
    internal static byte[] Make()
    {
        using var part = new MemoryStream();
        using (var gzip = new GZipStream(part, CompressionLevel.NoCompression))
        {
            gzip.Write(Text);
        }

        return part.ToArray();
    }
}
