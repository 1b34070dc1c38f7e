using Microsoft.Win32.SafeHandles;

namespace Klaviyo.Storage.Files;

/// <summary>A store directory of the operating system.</summary>
internal sealed class PhysicalFiles : IStorageFiles
{
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly string _root;

    private readonly bool _readOnly;

    /// <summary>Initializes the files of a directory.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="readOnly">Whether nothing is ever written to it: not even a lock's file is made.</param>
    internal PhysicalFiles(string path, bool readOnly = false)
    {
        _readOnly = readOnly;
        ArgumentException.ThrowIfNullOrEmpty(path);
        _root = System.IO.Path.GetFullPath(path);
    }

    public string Path => _root;

    public IStorageFile Open(string name, bool create = false)
    {
        var path = Resolve(name);
        if (create)
        {
            CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        }

        return Reported(() => new PhysicalFile(name, path, create, _readOnly));
    }

    public bool Exists(string name) => File.Exists(Resolve(name));

    public IReadOnlyList<string> List()
    {
        if (!Directory.Exists(_root))
        {
            return [];
        }

        return [.. Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(_root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];
    }

    public void Delete(string name) => Reported(() => File.Delete(Resolve(name)));

    public void Rename(string from, string to) =>
        Reported(() => File.Move(Resolve(from), Resolve(to), overwrite: true));

    public void SyncDirectory(string folder) =>
        DirectorySync.Sync(folder.Length == 0 ? _root : Resolve(folder));

    public IDisposable? TryLock(string name)
    {
        if (_readOnly)
        {
            // Where no process ever made the file, none holds it.
            return File.Exists(Resolve(name)) ? TryLock(name, FileMode.Open, FileAccess.Read) : new MemoryStream();
        }

        CreateDirectory(_root);
        while (true)
        {
            // Who held it before may have deleted the file after it was opened here: that lock keeps nobody out.
            var held = TryLock(name, FileMode.OpenOrCreate, FileAccess.ReadWrite);
            if (held is null || File.Exists(Resolve(name)))
            {
                return held;
            }

            held.Dispose();
        }
    }

    private SafeFileHandle? TryLock(string name, FileMode mode, FileAccess access)
    {
        try
        {
            // FileShare.None is an exclusive lock on every platform, and falls with the process.
            return Reported(() => File.OpenHandle(Resolve(name), mode, access, FileShare.None));
        }
        catch (IOException e) when (e.HResult is WouldBlockLinux or WouldBlockMac or SharingViolation)
        {
            return null;
        }
    }

    private static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        Reported(() => Directory.CreateDirectory(path));
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            DirectorySync.Sync(parent);
        }
    }

    // To those who wait for the disk, want of rights is a failure like any other.
    private static T Reported<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    private static void Reported(Action call)
    {
        Reported(() =>
        {
            call();
            return true;
        });
    }

    private string Resolve(string name)
    {
        if (name.Length == 0 || name.AsSpan().Count('/') > 1 || name.Contains("..", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is not the name of a file of a store.", nameof(name));
        }

        return System.IO.Path.Combine(_root, name);
    }
}
