namespace Klaviyo.Storage.Files;

/// <summary>Files that get their name when they are whole.</summary>
internal static class TemporaryFile
{
    /// <summary>Deletes what was written of one that did not come to an end: a disk that is full needs the room.</summary>
    /// <remarks>Where that fails it stays, and the next one is written over it: what made this one fail is what is told.</remarks>
    internal static void TryDelete(IStorageFiles files, string name)
    {
        try
        {
            if (files.Exists(name))
            {
                files.Delete(name);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // As said above.
        }
    }
}
