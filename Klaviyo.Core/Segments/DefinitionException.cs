namespace Klaviyo;

/// <summary>A definition that cannot mean anything: a segment, flow or query that was refused when it was given.</summary>
public sealed class DefinitionException : Exception
{
    private const int PathMax = 200;

    /// <summary>Creates the exception.</summary>
    /// <param name="path">Where in the JSON, e.g. <c>$.condition_groups[0].conditions[1].filter.operator</c>.</param>
    /// <param name="message">What is wrong there and what would be allowed.</param>
    public DefinitionException(string path, string message)
        : base($"{Short(path)}: {message}")
    {
        Path = path;
        Reason = message;
    }

    /// <summary>Gets the place in the JSON.</summary>
    /// <value>The whole of it; in the message, a long one is cut in the middle.</value>
    public string Path { get; }

    /// <summary>Gets what is wrong there and what would be allowed.</summary>
    public string Reason { get; }

    private static string Short(string path)
    {
        if (path.Length <= PathMax)
        {
            return path;
        }

        // Not between the halves of a character.
        var (begin, end) = (PathMax / 2, path.Length - (PathMax / 2) + 1);
        begin -= char.IsHighSurrogate(path[begin - 1]) ? 1 : 0;
        end += char.IsLowSurrogate(path[end]) ? 1 : 0;
        return $"{path.AsSpan(0, begin)}…{path.AsSpan(end)}";
    }
}
