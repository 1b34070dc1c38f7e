namespace Klaviyo;

/// <summary>The store is open already, in this process or in another.</summary>
/// <remarks>A store has one owner at a time. Close the other, or share its <see cref="CustomerDatabase"/>.</remarks>
public sealed class StoreLockedException : Exception
{
    /// <summary>Initializes the exception with the directory of the store.</summary>
    /// <param name="path">The directory that is in use.</param>
    public StoreLockedException(string path)
        : base($"The store in '{path}' is open already, here or in another process.") => Path = path;

    /// <summary>Gets the directory of the store.</summary>
    public string Path { get; }
}
