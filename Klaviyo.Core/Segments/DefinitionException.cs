namespace Klaviyo;

/// <summary>A definition that cannot mean anything: a segment, flow or query that was refused when it was given.</summary>
public sealed class DefinitionException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">Where in the JSON, e.g. <c>$.condition_groups[0].conditions[1].filter.operator</c>.</param>
    /// <param name="message">What is wrong there and what would be allowed.</param>
    public DefinitionException(string path, string message)
        : base($"{path}: {message}")
    {
        Path = path;
        Reason = message;
    }

    /// <summary>Gets the place in the JSON.</summary>
    public string Path { get; }

    /// <summary>Gets what is wrong there and what would be allowed.</summary>
    public string Reason { get; }
}
