namespace Klaviyo.Storage.Import;

/// <summary>A document of JSON: a line, or an element of an array, or a body over several lines.</summary>
/// <param name="text">All of it.</param>
/// <param name="line">The line on which it begins.</param>
/// <param name="place">The path of what is being read within it; empty where that is the document itself.</param>
internal readonly ref struct JsonInput(ReadOnlySpan<byte> text, long line, string place = "")
{
    internal ReadOnlySpan<byte> Text { get; } = text;

    internal long Line { get; } = line;

    internal string Place { get; } = place;

    /// <summary>Gets the part from one place to another, with the line on which it begins.</summary>
    internal JsonInput Part(long start, long end)
    {
        var from = checked((int)start);
        return new JsonInput(Text[from..checked((int)end)], Line + Text[..from].Count((byte)'\n'), Place);
    }

    /// <summary>Gets the same document with a path further in.</summary>
    internal JsonInput Under(string path) => new(Text, Line, FieldPath.Join(Place, path));
}
