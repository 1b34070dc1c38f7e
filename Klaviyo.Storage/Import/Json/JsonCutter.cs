using System.Buffers;

namespace Klaviyo.Storage.Import;

/// <summary>How a stream of JSON is written.</summary>
internal enum JsonShape
{
    /// <summary>Too little was read to tell.</summary>
    Unknown,

    /// <summary>A document a line.</summary>
    Lines,

    /// <summary>Values that take as many lines as they like; an outermost array stands for its elements.</summary>
    Values,
}

/// <summary>Cuts values that go over several lines by their brackets; whether they are JSON is for the parser to
/// say.</summary>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class JsonCutter
{
    private const int FirstLineBytesMax = 64 * 1024;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("{}[]\""u8);
    private static readonly SearchValues<byte> AfterScalar = SearchValues.Create(",[]{}\n"u8);

    private bool _isInArray;

    /// <summary>Tells how a stream is written by how it begins.</summary>
    /// <remarks>
    /// An array is cut by its brackets. An object goes on after its first line only where that line is unfinished and
    /// the next cannot be the beginning of another message: a first line that is merely damaged must not take all with
    /// it.
    /// </remarks>
    internal static JsonShape ShapeOf(ReadOnlySpan<byte> text, bool isComplete)
    {
        var unknown = isComplete ? JsonShape.Lines : JsonShape.Unknown;
        text = text.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty || text[0] != '{')
        {
            return text.IsEmpty ? unknown : text[0] == '[' ? JsonShape.Values : JsonShape.Lines;
        }

        var end = text.IndexOf((byte)'\n');
        if (end < 0)
        {
            return text.Length > FirstLineBytesMax ? JsonShape.Lines : unknown;
        }

        var first = text[..end].TrimEnd(" \t\r"u8);
        var next = text[end..].TrimStart(" \t\r\n"u8);
        if (EndOfBrackets(first) >= 0)
        {
            return JsonShape.Lines;
        }

        return next.IsEmpty ? unknown : GoesOn(first[^1], next[0]) ? JsonShape.Values : JsonShape.Lines;
    }

    /// <summary>Finds the next value.</summary>
    /// <returns>
    /// Where it begins, and its length: 0 where there is none, −1 where its end has not been read. What lies before it
    /// is done with.
    /// </returns>
    internal (int Start, int Length) Next(ReadOnlySpan<byte> text, bool isComplete)
    {
        for (var at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',':
                    break;
                case (byte)'[' when !_isInArray:
                    _isInArray = true;
                    break;
                case (byte)']' when _isInArray:
                    _isInArray = false;
                    break;
                case (byte)'{' or (byte)'[':
                    return (at, EndOfBrackets(text[at..]));
                default:
                    return (at, EndOfScalar(text[at..], isComplete));
            }
        }

        return (text.Length, 0);
    }

    /// <summary>Tells whether of what is not closed only the first line is damaged: the next one is a document by itself.</summary>
    /// <returns>The length of the first line with its end; 0 where what follows may be part of the same.</returns>
    internal static int DamagedLine(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n') + 1;
        var next = text[end..].TrimStart(" \t\r\n"u8);
        var length = next.IndexOf((byte)'\n');
        next = (length < 0 ? next : next[..length]).TrimEnd(" \t\r"u8);
        return next.StartsWith("{"u8) && EndOfBrackets(next) == next.Length ? end : 0;
    }

    private static bool GoesOn(byte last, byte next)
    {
        return last switch
        {
            (byte)'{' or (byte)',' => next is (byte)'"' or (byte)'}',
            (byte)'[' => next is (byte)'{' or (byte)'[' or (byte)']' or (byte)'"',
            (byte)':' => next is not (byte)'}' and not (byte)']',
            _ => false,
        };
    }

    private static int EndOfScalar(ReadOnlySpan<byte> text, bool isComplete)
    {
        var end = text[1..].IndexOfAny(AfterScalar);
        return end >= 0 ? end + 1 : isComplete ? text.Length : -1;
    }

    private static int EndOfBrackets(ReadOnlySpan<byte> text)
    {
        var depth = 0;
        var at = 0;
        while (true)
        {
            var next = text[at..].IndexOfAny(Structure);
            if (next < 0)
            {
                return -1;
            }

            at += next + 1;
            switch (text[at - 1])
            {
                case (byte)'"':
                    var end = EndOfString(text[at..]);
                    if (end < 0)
                    {
                        return -1;
                    }

                    at += end;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                default:
                    depth--;
                    if (depth == 0)
                    {
                        return at;
                    }

                    break;
            }
        }
    }

    private static int EndOfString(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (true)
        {
            var next = text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return -1;
            }

            at += next + 1;
            if (text[at - 1] == '"')
            {
                return at;
            }

            // Whatever is escaped is passed over; it may not have been read yet.
            at++;
            if (at > text.Length)
            {
                return -1;
            }
        }
    }
}
