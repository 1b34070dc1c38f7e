using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Erasing;

/// <summary>What remains of erased profiles: how many, when the last, and which identifiers are refused for ever.</summary>
/// <threadsafety>Changed under every gate; read under any.</threadsafety>
internal sealed class Erasures(Guid storeId)
{
    private readonly HashSet<UInt128> _suppressed = [];
    private long _lastMs = Instant.MinValue.UnixMs;

    /// <summary>Gets how many profiles were erased; with all that was merged into it, one counts as one.</summary>
    internal long Count { get; private set; }

    /// <summary>Gets when the last one was erased; null where none was.</summary>
    internal Instant? Last => Count == 0 ? null : Instant.FromUnixMs(_lastMs);

    internal void Apply(in EraseRecord erase)
    {
        Count += erase.IsWhole ? 1 : 0;
        _lastMs = Math.Max(_lastMs, erase.TimeMs);
        _suppressed.UnionWith(erase.Suppressed);
    }

    /// <summary>Whether an identifier was of a profile that was erased and must not come again.</summary>
    internal bool IsSuppressed(in Identifier identifier) =>
        _suppressed.Count > 0 && _suppressed.Contains(Suppression.HashOf(identifier, storeId));

    /// <summary>Writes all of it, the same bytes for the same erasures.</summary>
    internal void Save(ref MessagePackWriter writer)
    {
        writer.Write(Count);
        writer.Write(_lastMs);
        writer.WriteArrayHeader(_suppressed.Count);
        foreach (var hash in _suppressed.Order())
        {
            writer.Write((ulong)(hash >> 64));
            writer.Write(unchecked((ulong)hash));
        }
    }

    /// <summary>Takes in what <see cref="Save"/> wrote.</summary>
    internal void Load(ref MessagePackReader reader)
    {
        (Count, _lastMs) = (reader.ReadInt64(), reader.ReadInt64());
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            var upper = reader.ReadUInt64();
            _suppressed.Add(new UInt128(upper, reader.ReadUInt64()));
        }
    }
}
