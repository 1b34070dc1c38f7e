using System.Text;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>The two files of the manifest: <c>STORE</c>, and <c>STORE.copy</c>, byte for byte the same.</summary>
/// <remarks>
/// With one, a bit that rots in it would close a store of which every record is well. Either makes a directory a store. Where
/// both are whole and differ, <c>STORE</c> counts.
/// </remarks>
internal static class ManifestFiles
{
    internal const string CopyName = "STORE.copy";

    internal static bool AnyExists(IStorageFiles files) => files.Exists(StoreManifest.FileName) || files.Exists(CopyName);

    /// <summary>Creates the files, one after the other, so that after a crash there is none, the first, or both.</summary>
    internal static void Create(IStorageFiles files, StoreManifest manifest)
    {
        manifest.Write(files, StoreManifest.FileName);
        manifest.Write(files, CopyName);
    }

    /// <summary>Reads the manifest from the file that has it.</summary>
    /// <exception cref="StoreCorruptedException">
    /// Neither file is whole and of this store, or the store is of a version that this library does not know.
    /// </exception>
    internal static StoreManifest Load(IStorageFiles files)
    {
        try
        {
            return StoreManifest.Read(files, StoreManifest.FileName) ?? Copy(files) ?? throw new StoreCorruptedException(
                StoreManifest.FileName, 0, null, null,
                $"The manifest of the store is damaged, and {CopyName} does not have it: bring either back from any backup of the store.");
        }
        catch (IOException) when (Copy(files) is { } copy)
        {
            // A sector that went bad cannot be read at all.
            return copy;
        }
    }

    /// <summary>Writes those of the files anew that do not say what the store is.</summary>
    /// <returns>Why that failed; null where both are whole.</returns>
    /// <remarks>
    /// A failure keeps no store from opening: with one whole file it stands no worse than before there were two, nothing that is
    /// acknowledged later depends on the other, and the next opening tries again. Until then the statistics of the store tell.
    /// </remarks>
    internal static Exception? Mend(IStorageFiles files, StoreManifest manifest)
    {
        try
        {
            foreach (var name in Damaged(files, manifest))
            {
                manifest.Write(files, name);
            }

            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            TemporaryFile.TryDelete(files, StoreManifest.UnfinishedName);
            return fault;
        }
    }

    /// <summary>Gives those of the files that do not say what the store is.</summary>
    internal static IEnumerable<string> Damaged(IStorageFiles files, StoreManifest manifest)
    {
        var whole = Encoding.ASCII.GetBytes(manifest.Render());
        return new[] { StoreManifest.FileName, CopyName }.Where(name => !Holds(files, name, whole));
    }

    private static bool Holds(IStorageFiles files, string name, byte[] bytes)
    {
        try
        {
            return files.Exists(name) && StoreManifest.Bytes(files, name).AsSpan().SequenceEqual(bytes);
        }
        catch (IOException)
        {
            // As above.
            return false;
        }
    }

    // A file strays easily from one directory to another; the superblock knows whose it is.
    private static StoreManifest? Copy(IStorageFiles files)
    {
        return StoreManifest.Read(files, CopyName) is { } copy && (Superblock.OwnerOf(files) ?? copy.StoreId) == copy.StoreId
            ? copy
            : null;
    }
}
