using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Klaviyo.Storage.Files;

/// <summary>A file of the operating system, read and written at offsets.</summary>
internal sealed partial class PhysicalFile : IStorageFile
{
    private const uint BeginWriting = 2;

    private readonly SafeFileHandle _handle;

    internal PhysicalFile(string name, string path, bool create, bool readOnly = false)
    {
        Name = name;
        _handle = File.OpenHandle(
            path,
            create ? FileMode.OpenOrCreate : FileMode.Open,
            readOnly ? FileAccess.Read : FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete);
    }

    public string Name { get; }

    public long Length => RandomAccess.GetLength(_handle);

    public void Read(long offset, Span<byte> into)
    {
        while (into.Length > 0)
        {
            var count = RandomAccess.Read(_handle, into, offset);
            if (count == 0)
            {
                throw new EndOfStreamException($"{Name} ends at {Length}, before {offset + into.Length}.");
            }

            into = into[count..];
            offset += count;
        }
    }

    // RandomAccess.Write carries on after a short write and throws when it cannot.
    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, offset);

    public void WriteOut(long offset, int bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SyncFileRange(_handle, offset, bytes, BeginWriting);
        }
    }

    public void Sync() => RandomAccess.FlushToDisk(_handle);

    public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long bytes, uint how);
}
