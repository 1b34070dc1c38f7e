using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Faults;

/// <summary>A disk that says it has synced and has not.</summary>
internal sealed class UnsyncedFiles(IStorageFiles files) : IStorageFiles
{
    public string Path => files.Path;

    /// <summary>Gets whether files are synced.</summary>
    internal bool SyncsFiles { get; init; }

    /// <summary>Gets whether folders are synced.</summary>
    internal bool SyncsFolders { get; init; } = true;

    public IStorageFile Open(string name, bool create = false) =>
        SyncsFiles ? files.Open(name, create) : new UnsyncedFile(files.Open(name, create));

    public bool Exists(string name) => files.Exists(name);

    public IReadOnlyList<string> List() => files.List();

    public void Delete(string name) => files.Delete(name);

    public void Rename(string from, string to) => files.Rename(from, to);

    public void SyncDirectory(string folder)
    {
        if (SyncsFolders)
        {
            files.SyncDirectory(folder);
        }
    }

    public IDisposable? TryLock(string name) => files.TryLock(name);

    private sealed class UnsyncedFile(IStorageFile file) : IStorageFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public void Read(long offset, Span<byte> into) => file.Read(offset, into);

        public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

        public void Sync()
        {
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Dispose() => file.Dispose();
    }
}
