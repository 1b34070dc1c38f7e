using System.Buffers;
using System.Runtime.InteropServices;
using Klaviyo.Storage.Images;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Erasing;

/// <summary>What remains of erased profiles: how many, when the last, and which identifiers are refused for ever.</summary>
/// <remarks>The hashes lie in pages by their last bits, of which an image is made as well.</remarks>
/// <threadsafety>Changed under every gate; read under any.</threadsafety>
internal sealed class Erasures(Guid storeId)
{
    private const int Pages = 4096;
    private const int HashBytes = 16;
    private readonly HashSet<UInt128>?[] _suppressed = new HashSet<UInt128>?[Pages];
    private PagedImage? _image;
    private bool _isAnySuppressed;
    private long _lastMs = Instant.MinValue.UnixMs;

    /// <summary>Gets how many profiles were erased; with all that was merged into it, one counts as one.</summary>
    internal long Count { get; private set; }

    /// <summary>Gets when the last one was erased; null where none was.</summary>
    internal Instant? Last => Count == 0 ? null : Instant.FromUnixMs(_lastMs);

    internal void Apply(in EraseRecord erase)
    {
        Count += erase.IsWhole ? 1 : 0;
        _lastMs = Math.Max(_lastMs, erase.TimeMs);
        foreach (var hash in erase.Suppressed)
        {
            Suppress(hash);
        }
    }

    /// <summary>Whether an identifier was of a profile that was erased and must not come again.</summary>
    internal bool IsSuppressed(in Identifier identifier)
    {
        if (!_isAnySuppressed)
        {
            return false;
        }

        var hash = Suppression.HashOf(identifier, storeId);
        return _suppressed[PageOf(hash)]?.Contains(hash) == true;
    }

    /// <summary>Writes how many were erased, and when the last.</summary>
    internal void SaveCounts(ref MessagePackWriter writer)
    {
        writer.Write(Count);
        writer.Write(_lastMs);
    }

    /// <summary>Takes in what <see cref="SaveCounts"/> wrote.</summary>
    internal void LoadCounts(ref MessagePackReader reader) => (Count, _lastMs) = (reader.ReadInt64(), reader.ReadInt64());

    /// <summary>Begins an image of the hashes.</summary>
    /// <param name="isKept">Whether it stays right while this changes.</param>
    internal PagedImage BeginImage(bool isKept)
    {
        var image = new PagedImage(_isAnySuppressed ? Pages : 0, Save);
        _image = isKept ? image : _image;
        return image;
    }

    /// <summary>Takes in a part of an image.</summary>
    internal void Load(ReadOnlySpan<byte> saved)
    {
        if (saved.Length % HashBytes != 0)
        {
            throw new InvalidDataException("There is no whole number of hashes.");
        }

        foreach (var hash in MemoryMarshal.Cast<byte, UInt128>(saved))
        {
            Suppress(hash);
        }
    }

    private static int PageOf(UInt128 hash) => (int)(uint)(hash & (Pages - 1));

    private void Suppress(UInt128 hash)
    {
        var page = PageOf(hash);
        _image?.Keep(page);
        (_suppressed[page] ??= []).Add(hash);
        _isAnySuppressed = true;
    }

    private void Save(int page, IBufferWriter<byte> into)
    {
        UInt128[] hashes = [.. (_suppressed[page] ?? []).Order()];
        into.Write(MemoryMarshal.AsBytes<UInt128>(hashes));
    }
}
