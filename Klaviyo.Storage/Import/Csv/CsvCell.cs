using System.Buffers;
using System.Globalization;

namespace Klaviyo.Storage.Import;

/// <summary>Reads the values of one column.</summary>
/// <remarks>The last value is kept: in most columns a row repeats the one before it.</remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class CsvCell(CsvColumn column, int index)
{
    // From there on a double no longer tells one whole number from the next: such a number is some kind of code.
    private const double ExactMax = 9_007_199_254_740_992;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    private readonly NameCache _texts = new(256);
    private byte[] _lastBytes = [];
    private int _lastLength = -1;
    private PropertyValue _last;

    internal int Index { get; } = index;

    internal string Column => column.Name;

    /// <summary>Reads the value in a row; null where the cell is empty.</summary>
    internal bool TryRead(CsvRow row, Refusal refusal, out PropertyValue value)
    {
        var bytes = row[Index];
        if (bytes.Length == _lastLength && bytes.SequenceEqual(_lastBytes.AsSpan(0, _lastLength)))
        {
            value = _last;
            return true;
        }

        if (!TryParse(bytes, refusal, out value))
        {
            return false;
        }

        Keep(bytes, value);
        return true;
    }

    /// <summary>Reads the text in a row: an integer without its fraction, anything else as it stands.</summary>
    internal bool TryReadText(CsvRow row, Refusal refusal, out string text)
    {
        var bytes = row[Index];
        if (column.Type == CsvType.Integer && bytes.Length > 0)
        {
            if (!IsInteger(bytes, out var length))
            {
                text = "";
                return refusal.Set(Column, "A whole number is expected.");
            }

            bytes = bytes[..length];
        }

        text = _texts.Get(bytes)!;
        return text is not null || NotUtf8(refusal);
    }

    private bool TryParse(ReadOnlySpan<byte> bytes, Refusal refusal, out PropertyValue value)
    {
        value = default;
        if (bytes.IsEmpty)
        {
            return true;
        }

        if (column.Type == CsvType.Integer && !IsInteger(bytes, out _))
        {
            return refusal.Set(Column, "A whole number is expected.");
        }

        if (column.Type != CsvType.Text && TryParseNumber(bytes, out var number))
        {
            value = number;
            return true;
        }

        var text = _texts.Get(bytes);
        value = text;
        return text is not null || NotUtf8(refusal);
    }

    private bool TryParseNumber(ReadOnlySpan<byte> bytes, out double number)
    {
        number = 0;
        if (!(column.Type == CsvType.Integer || IsJsonNumber(bytes))
            || !double.TryParse(bytes, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        var isExact = Math.Abs(number) < ExactMax || bytes.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0;
        return double.IsFinite(number) && isExact;
    }

    private void Keep(ReadOnlySpan<byte> bytes, PropertyValue value)
    {
        if (_lastBytes.Length < bytes.Length)
        {
            _lastBytes = new byte[Math.Max(32, bytes.Length)];
        }

        bytes.CopyTo(_lastBytes);
        _lastLength = bytes.Length;
        _last = value;
    }

    private bool NotUtf8(Refusal refusal) => refusal.Set(Column, "The text is not UTF-8.");

    // -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
    private static bool IsJsonNumber(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes[0] == '-' ? bytes[1..] : bytes;
        var whole = DigitCount(rest);
        if (whole == 0 || (whole > 1 && rest[0] == '0'))
        {
            return false;
        }

        rest = rest[whole..];
        if (rest.Length > 0 && rest[0] == '.')
        {
            var fraction = DigitCount(rest[1..]);
            if (fraction == 0)
            {
                return false;
            }

            rest = rest[(fraction + 1)..];
        }

        if (rest.IsEmpty || rest[0] is not ((byte)'e' or (byte)'E'))
        {
            return rest.IsEmpty;
        }

        rest = rest[1..];
        rest = rest.Length > 0 && rest[0] is (byte)'+' or (byte)'-' ? rest[1..] : rest;
        return rest.Length > 0 && DigitCount(rest) == rest.Length;
    }

    // -?[0-9]+(\.0*)?, and the length without the fraction.
    private static bool IsInteger(ReadOnlySpan<byte> bytes, out int length)
    {
        var sign = bytes[0] == '-' ? 1 : 0;
        var whole = DigitCount(bytes[sign..]);
        length = sign + whole;
        var rest = bytes[length..];
        return whole > 0 && (rest.IsEmpty || (rest[0] == '.' && rest[1..].IndexOfAnyExcept((byte)'0') < 0));
    }

    private static int DigitCount(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAnyExcept(Digits);
        return end < 0 ? bytes.Length : end;
    }
}
