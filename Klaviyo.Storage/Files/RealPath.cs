namespace Klaviyo.Storage.Files;

/// <summary>Where a path leads when every link on the way is followed, whether there is something or not.</summary>
internal static class RealPath
{
    private const int LinksMax = 40;

    /// <summary>Tells whether a path is a directory or leads into it.</summary>
    /// <exception cref="IOException">Links lead in a circle, or cannot be read.</exception>
    internal static bool IsInside(string path, string directory)
    {
        var way = Path.GetRelativePath(Of(directory), Of(path));
        return !Path.IsPathRooted(way) && way != ".." && !way.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
    }

    private static string Of(string path)
    {
        var links = 0;
        return Follow(Path.GetFullPath(path), ref links);
    }

    private static string Follow(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        var here = Path.Combine(Follow(parent, ref links), Path.GetFileName(path));
        if (new DirectoryInfo(here).LinkTarget is not { } target)
        {
            return here;
        }

        return ++links > LinksMax
            ? throw new IOException($"'{path}' leads over more than {LinksMax} links.")
            : Follow(Path.GetFullPath(target, Path.GetDirectoryName(here)!), ref links);
    }
}
