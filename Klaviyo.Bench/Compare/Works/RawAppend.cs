using Klaviyo.Bench.Compare.Data;
using Microsoft.Win32.SafeHandles;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Writes 512 bytes behind one another to a plain file and makes them durable: what the disk takes at least.</summary>
internal sealed class RawAppend : IDisposable
{
    private const int PreparedBytes = 4 << 20;

    private readonly byte[] _bytes = new byte[512];
    private readonly bool _flushes;
    private readonly SafeFileHandle _file;
    private long _end;

    private RawAppend(string directory, FileOptions options, int preparedBytes)
    {
        _flushes = options == FileOptions.None;
        _file = File.OpenHandle(Path.Combine(directory, "raw"), FileMode.CreateNew, FileAccess.Write, FileShare.None, options);
        RandomAccess.Write(_file, new byte[preparedBytes], 0);
        RandomAccess.FlushToDisk(_file);
    }

    /// <summary>A growing file, synced by a call after each write.</summary>
    internal static RawAppend Flushed(string directory) => new(directory, FileOptions.None, 0);

    /// <summary>A growing file, opened so that each write is synced.</summary>
    internal static RawAppend WriteThrough(string directory) => new(directory, FileOptions.WriteThrough, 0);

    /// <summary>The same in a file that is written already, so that it does not grow: the file system has no part in it.</summary>
    internal static RawAppend InPlace(string directory) => new(directory, FileOptions.WriteThrough, PreparedBytes);

    public void Dispose() => _file.Dispose();

    internal ValueTask WriteAsync(SampleBatch batch)
    {
        RandomAccess.Write(_file, _bytes, _end);
        _end += _bytes.Length;
        if (_flushes)
        {
            RandomAccess.FlushToDisk(_file);
        }

        return ValueTask.CompletedTask;
    }
}
