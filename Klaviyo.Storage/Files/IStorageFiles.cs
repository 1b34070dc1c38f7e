namespace Klaviyo.Storage.Files;

/// <summary>The files of one store directory: every byte that the store keeps passes here.</summary>
/// <remarks>
/// <para>Names are relative, with '/' between an optional folder and the file, such as <c>lane-0/log.0</c>.
/// Everything throws what the operating system reported; nothing is tried again.</para>
/// <para>A file that was created or renamed is certain to be found after a power cut only when
/// <see cref="SyncDirectory"/> of its folder has returned.</para>
/// </remarks>
/// <threadsafety>All members are safe for concurrent use on different names.</threadsafety>
internal interface IStorageFiles
{
    /// <summary>Gets the directory, for messages.</summary>
    string Path { get; }

    /// <summary>Opens a file for reading and writing.</summary>
    /// <param name="name">The relative name.</param>
    /// <param name="create">Whether a missing file, and a missing folder of it, is created.</param>
    /// <exception cref="FileNotFoundException">The file is missing and <paramref name="create"/> is false.</exception>
    IStorageFile Open(string name, bool create = false);

    bool Exists(string name);

    /// <summary>Lists every file, those of folders included, in ordinal order. A missing directory has none.</summary>
    IReadOnlyList<string> List();

    void Delete(string name);

    /// <summary>Renames a file inside its folder, over an existing one if there is one.</summary>
    void Rename(string from, string to);

    /// <summary>
    /// Makes creations, renames and deletions in a folder durable; the empty name is the directory itself.
    /// </summary>
    void SyncDirectory(string folder);

    /// <summary>Takes a lock that one holder has at a time over all processes; dispose to release.</summary>
    /// <returns>Null when another holder has it.</returns>
    IDisposable? TryLock(string name);
}
