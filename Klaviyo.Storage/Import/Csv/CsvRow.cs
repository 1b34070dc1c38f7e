namespace Klaviyo.Storage.Import;

/// <summary>What was found where a row should begin.</summary>
internal enum CsvScan
{
    /// <summary>A row.</summary>
    Row,

    /// <summary>A line without anything.</summary>
    Blank,

    /// <summary>The beginning of a row; more must be read.</summary>
    Incomplete,

    /// <summary>A line whose quotes make no sense. Only that line is passed over: the next may be sound.</summary>
    Malformed,
}

/// <summary>Finds the fields of one row: separated, in quotes where they hold anything, a quote within them
/// doubled.</summary>
/// <remarks>
/// The fields are places in the reader's buffer, valid until it is filled again. A quote in the middle of a field that
/// does not begin with one is an ordinary character.
/// </remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class CsvRow(byte delimiter)
{
    /// <summary>Stands for runs of blanks as the delimiter.</summary>
    internal const byte Whitespace = 0;

    private const byte Quote = (byte)'"';
    private const byte NewLine = (byte)'\n';

    private ReadOnlyMemory<byte> _text;
    private Field[] _fields = new Field[16];
    private byte[] _unescaped = [];

    /// <summary>Gets how many fields the row has.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets how many bytes the row takes, its line end included.</summary>
    internal int Length { get; private set; }

    /// <summary>Gets what is wrong with a malformed line.</summary>
    internal string Reason { get; private set; } = "";

    /// <summary>Gets the bytes of a field, without its quotes. Valid until the next call.</summary>
    internal ReadOnlySpan<byte> this[int column]
    {
        get
        {
            var field = _fields[column];
            var bytes = _text.Span.Slice(field.Start, field.Length);
            return field.HasDoubledQuotes ? Unescape(bytes) : bytes;
        }
    }

    /// <summary>Gets the text of a field; null where it is not UTF-8.</summary>
    internal string? Text(int column) => NameCache.Decode(this[column]);

    /// <summary>Finds the row that the text begins with.</summary>
    internal CsvScan Scan(ReadOnlyMemory<byte> text, bool isComplete)
    {
        _text = text;
        Count = 0;
        Length = 0;
        if (text.IsEmpty)
        {
            return CsvScan.Incomplete;
        }

        var scan = delimiter == Whitespace ? ScanBlanks(text.Span, isComplete) : ScanFields(text.Span, isComplete);
        var isEmpty = Count == 0 || (Count == 1 && _fields[0].Length == 0 && text.Span[0] != Quote);
        return scan == CsvScan.Row && isEmpty ? CsvScan.Blank : scan;
    }

    private CsvScan ScanFields(ReadOnlySpan<byte> text, bool isComplete)
    {
        var at = 0;
        while (true)
        {
            var isQuoted = at < text.Length && text[at] == Quote;
            var end = isQuoted ? EndOfQuoted(text, at, isComplete) : EndOfPlain(text, at, isComplete);
            if (end < 0)
            {
                return Reason.Length == 0 ? CsvScan.Incomplete : Malformed(text, isComplete);
            }

            // A field ends at the text's end, at a line end, or at a delimiter after which there is another one.
            Length = Math.Min(end + 1, text.Length);
            if (end == text.Length || text[end] == NewLine)
            {
                return CsvScan.Row;
            }

            at = end + 1;
        }
    }

    private int EndOfPlain(ReadOnlySpan<byte> text, int start, bool isComplete)
    {
        Reason = "";
        var length = text[start..].IndexOfAny(delimiter, NewLine);
        if (length < 0 && !isComplete)
        {
            return -1;
        }

        var end = length < 0 ? text.Length : start + length;
        var isLast = end == text.Length || text[end] == NewLine;
        var content = isLast ? text[start..end].TrimEnd((byte)'\r').Length : length;
        Add(new Field(start, content, HasDoubledQuotes: false));
        return end;
    }

    private int EndOfQuoted(ReadOnlySpan<byte> text, int start, bool isComplete)
    {
        Reason = "";
        var isDoubled = false;
        var at = start + 1;
        while (true)
        {
            var next = text[at..].IndexOf(Quote);
            if (next < 0)
            {
                Reason = isComplete ? "A quote is not closed." : "";
                return -1;
            }

            at += next + 1;
            if (at == text.Length || text[at] != Quote)
            {
                break;
            }

            isDoubled = true;
            at++;
        }

        Add(new Field(start + 1, at - start - 2, isDoubled));
        return EndAfterQuote(text, at, isComplete);
    }

    private int EndAfterQuote(ReadOnlySpan<byte> text, int at, bool isComplete)
    {
        // Whether another quote or a line end follows cannot be told before it was read.
        var rest = text[at..];
        if (rest.Length == 0 || (rest.Length == 1 && rest[0] == '\r'))
        {
            return isComplete ? text.Length : -1;
        }

        if (rest[0] == delimiter || rest[0] == NewLine)
        {
            return at;
        }

        if (rest[0] == '\r' && rest[1] == NewLine)
        {
            return at + 1;
        }

        Reason = "Text follows a closing quote.";
        return -1;
    }

    private CsvScan Malformed(ReadOnlySpan<byte> text, bool isComplete)
    {
        var end = text.IndexOf(NewLine);
        Length = end < 0 ? text.Length : end + 1;
        return end < 0 && !isComplete ? CsvScan.Incomplete : CsvScan.Malformed;
    }

    private CsvScan ScanBlanks(ReadOnlySpan<byte> text, bool isComplete)
    {
        var end = text.IndexOf(NewLine);
        if (end < 0 && !isComplete)
        {
            return CsvScan.Incomplete;
        }

        Length = end < 0 ? text.Length : end + 1;
        var line = end < 0 ? text : text[..end];
        for (var at = 0; at < line.Length;)
        {
            var blanks = line[at..].IndexOfAnyExcept(" \t\r"u8);
            if (blanks < 0)
            {
                break;
            }

            at += blanks;
            var length = line[at..].IndexOfAny(" \t\r"u8);
            length = length < 0 ? line.Length - at : length;
            Add(new Field(at, length, HasDoubledQuotes: false));
            at += length;
        }

        return CsvScan.Row;
    }

    private void Add(Field field)
    {
        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, Count * 2);
        }

        _fields[Count++] = field;
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> bytes)
    {
        if (_unescaped.Length < bytes.Length)
        {
            _unescaped = new byte[bytes.Length * 2];
        }

        var count = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            _unescaped[count++] = bytes[i];
            i += bytes[i] == Quote ? 1 : 0;
        }

        return _unescaped.AsSpan(0, count);
    }

    private readonly record struct Field(int Start, int Length, bool HasDoubledQuotes);
}
