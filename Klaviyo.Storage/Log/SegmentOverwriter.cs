using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>Overwrites parts of segments through handles of its own, so that one sync at the end is enough.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class SegmentOverwriter(IStorageFiles files, LogLayout layout) : IDisposable
{
    private readonly Dictionary<string, IStorageFile> _open = new(StringComparer.Ordinal);
    private byte[] _bytes = new byte[4096];

    /// <summary>Overwrites one place.</summary>
    /// <returns>What stands there now; valid until the next call.</returns>
    internal ReadOnlySpan<byte> Write(in Overwrite overwrite, uint seed)
    {
        if (_bytes.Length < overwrite.Bytes)
        {
            _bytes = new byte[2 * overwrite.Bytes];
        }

        var bytes = _bytes.AsSpan(0, overwrite.Bytes);
        overwrite.Write(bytes, seed);
        Open(LaneSegments.Name(overwrite.Lane, layout.SegmentOf(overwrite.Address)))
            .Write(layout.OffsetInSegment(overwrite.Address), bytes);
        return bytes;
    }

    /// <summary>Makes all of it durable.</summary>
    internal void Sync()
    {
        foreach (var file in _open.Values)
        {
            file.Sync();
        }
    }

    public void Dispose()
    {
        foreach (var file in _open.Values)
        {
            file.Dispose();
        }
    }

    private IStorageFile Open(string name)
    {
        if (!_open.TryGetValue(name, out var file))
        {
            _open[name] = file = files.Open(name);
        }

        return file;
    }
}
