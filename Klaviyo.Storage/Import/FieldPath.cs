namespace Klaviyo.Storage.Import;

/// <summary>The path of a field as a rejection names it, e.g. <c>properties.items[2].price</c>.</summary>
internal static class FieldPath
{
    /// <summary>Puts a parent before a path.</summary>
    internal static string Join(string parent, string path)
    {
        return path.Length == 0 || parent.Length == 0 || path[0] == '[' ? parent + path : $"{parent}.{path}";
    }
}
