using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Erasing;

/// <summary>What remains of erased profiles: how many, when the last, and which identifiers are refused for ever.</summary>
/// <threadsafety>Changed under every gate; read under any.</threadsafety>
internal sealed class Erasures
{
    // By key: a fork keeps the hashes of the store that it was made of.
    private readonly SortedDictionary<Guid, SortedSet<UInt128>> _suppressed = [];
    private long _lastMs = Instant.MinValue.UnixMs;

    /// <summary>Gets how many profiles were erased; with all that was merged into it, one counts as one.</summary>
    internal long Count { get; private set; }

    /// <summary>Gets when the last one was erased; null where none was.</summary>
    internal Instant? Last => Count == 0 ? null : Instant.FromUnixMs(_lastMs);

    internal void Apply(in EraseRecord erase)
    {
        Count += erase.IsWhole ? 1 : 0;
        _lastMs = Math.Max(_lastMs, erase.TimeMs);
        if (erase.Suppressed.Count > 0)
        {
            Suppressed(erase.Key).UnionWith(erase.Suppressed);
        }
    }

    /// <summary>Whether an identifier was of a profile that was erased and must not come again.</summary>
    internal bool IsSuppressed(in Identifier identifier)
    {
        foreach (var (key, hashes) in _suppressed)
        {
            if (hashes.Contains(Suppression.HashOf(identifier, key)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes all of it, the same bytes for the same erasures.</summary>
    internal void Save(ref MessagePackWriter writer)
    {
        writer.Write(Count);
        writer.Write(_lastMs);
        foreach (var (key, hashes) in _suppressed)
        {
            writer.WriteArrayHeader(hashes.Count);
            Write(ref writer, Suppression.NumberOf(key));
            foreach (var hash in hashes)
            {
                Write(ref writer, hash);
            }
        }
    }

    /// <summary>Takes in what <see cref="Save"/> wrote.</summary>
    internal void Load(ref MessagePackReader reader)
    {
        (Count, _lastMs) = (reader.ReadInt64(), reader.ReadInt64());
        while (!reader.End)
        {
            var left = reader.ReadArrayHeader();
            var hashes = Suppressed(Suppression.KeyOf(Read(ref reader)));
            for (; left > 0; left--)
            {
                hashes.Add(Read(ref reader));
            }
        }
    }

    private static void Write(ref MessagePackWriter writer, UInt128 number)
    {
        writer.Write((ulong)(number >> 64));
        writer.Write(unchecked((ulong)number));
    }

    private static UInt128 Read(ref MessagePackReader reader)
    {
        var upper = reader.ReadUInt64();
        return new UInt128(upper, reader.ReadUInt64());
    }

    private SortedSet<UInt128> Suppressed(Guid key)
    {
        if (!_suppressed.TryGetValue(key, out var hashes))
        {
            _suppressed[key] = hashes = [];
        }

        return hashes;
    }
}
