using Klaviyo.Storage.Files;

namespace Klaviyo.Tests.Faults;

/// <summary>A disk that says it has synced and has not.</summary>
internal sealed class UnsyncedFiles(IStorageFiles files) : IStorageFiles
{
    public string Path => files.Path;

    /// <summary>Gets whether files that are opened synced are.</summary>
    internal bool SyncsWrites { get; init; }

    /// <summary>Gets whether folders are synced.</summary>
    internal bool SyncsFolders { get; init; } = true;

    public IStorageFile Open(string name, bool create = false, bool synced = false) =>
        files.Open(name, create, synced: synced && SyncsWrites);

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
}
