using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>Tells a store from a directory that is none, and makes one.</summary>
/// <remarks>
/// The manifest, or its copy, is what makes a directory a store, so it is created last. Without either, a directory is empty or
/// holds what an interrupted creation left; anything else may be a store whose manifest was lost, and is refused.
/// </remarks>
internal static class StoreDirectory
{
    internal const string LockName = "LOCK";

    // EROFS, on Linux and macOS.
    private const int ReadOnlyFileSystem = 30;

    /// <summary>Locks the directory.</summary>
    /// <exception cref="StoreLockedException">Another holder has it.</exception>
    internal static IDisposable Lock(IStorageFiles files) =>
        files.TryLock(LockName) ?? throw new StoreLockedException(files.Path);

    /// <summary>Whether a failure says of an existing store that it must not be written.</summary>
    internal static bool IsOnlyToBeRead(IStorageFiles files, IOException refused) =>
        (refused.InnerException is UnauthorizedAccessException || refused.HResult == ReadOnlyFileSystem) && ManifestFiles.AnyExists(files);

    /// <summary>Gets the manifest of the store, which is created if there is none. The caller holds the lock.</summary>
    internal static StoreManifest OpenOrCreate(EventLogOptions options)
    {
        var files = options.Files;
        if (ManifestFiles.AnyExists(files))
        {
            return ManifestFiles.Load(files);
        }

        ThrowIfForeign(files);
        var manifest = options.NewManifest();
        Superblock.Create(files, manifest);
        ManifestFiles.Create(files, manifest);
        return manifest;
    }

    /// <exception cref="StoreCorruptedException">The directory holds files, but no manifest.</exception>
    internal static void ThrowIfForeign(IStorageFiles files)
    {
        if (ManifestFiles.AnyExists(files))
        {
            return;
        }

        var foreign = files.List().FirstOrDefault(name =>
            name is not (LockName or StoreManifest.UnfinishedName or Superblock.FileName));
        if (foreign is not null)
        {
            throw new StoreCorruptedException(StoreManifest.FileName, 0, null, null,
                $"'{files.Path}' holds files such as '{foreign}', but no manifest: it is no store, or a damaged one.");
        }
    }
}
