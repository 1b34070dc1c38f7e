using System.Globalization;

namespace Klaviyo.Storage.Import;

/// <summary>Reads an expression such as <c>Quantity * UnitPrice</c> against the columns that there are.</summary>
/// <remarks>
/// Recursive descent. Names need no quotes although they may hold blanks and signs: where an operand is due, the
/// longest column name that fits is meant. So <c>Unit Price * 2</c> reads as it looks, and a column called <c>A-B</c>
/// is that column.
/// </remarks>
internal ref struct CsvExpressionParser
{
    private const string Path = "$.value";
    private const int DepthMax = 64;

    private readonly string _text;
    private readonly IReadOnlyList<string> _columns;
    private int _at;
    private int _depth;

    private CsvExpressionParser(string text, IReadOnlyList<string> columns)
    {
        _text = text;
        _columns = columns;
    }

    /// <summary>Reads the whole text.</summary>
    /// <exception cref="DefinitionException">It is no expression, or names a column that is not there.</exception>
    internal static CsvExpression Parse(string text, IReadOnlyList<string> columns)
    {
        var parser = new CsvExpressionParser(text, columns);
        var expression = parser.Sum();
        return parser._at == text.Length ? expression : throw parser.Unexpected("an operator");
    }

    private CsvExpression Sum()
    {
        var left = Product();
        while (TryTake("+-", out var sign))
        {
            left = new CsvOperation(sign, left, Product());
        }

        return left;
    }

    private CsvExpression Product()
    {
        var left = Operand();
        while (TryTake("*/", out var sign))
        {
            left = new CsvOperation(sign, left, Operand());
        }

        return left;
    }

    private CsvExpression Operand()
    {
        if (TryTakeColumn(out var column))
        {
            return column;
        }

        if (!TryTake("(-", out var sign))
        {
            return Constant();
        }

        if (++_depth > DepthMax)
        {
            throw new DefinitionException(Path, $"At most {DepthMax} parentheses and signs are read.");
        }

        if (sign == '-')
        {
            return new CsvOperation('-', new CsvConstant(0), Operand());
        }

        var inner = Sum();
        return TryTake(")", out _) ? inner : throw Unexpected("')'");
    }

    private CsvConstant Constant()
    {
        var end = _at;
        while (end < _text.Length && IsInConstant(_text, _at, end))
        {
            end++;
        }

        var text = _text.AsSpan(_at, end - _at);
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            throw Unexpected($"a number, or one of the columns {string.Join(", ", _columns)},");
        }

        _at = end;
        SkipBlanks();
        return new CsvConstant(number);
    }

    private bool TryTakeColumn(out CsvExpression column)
    {
        SkipBlanks();
        var index = -1;
        for (var i = 0; i < _columns.Count; i++)
        {
            var isLonger = index < 0 || _columns[i].Length > _columns[index].Length;
            index = isLonger && Fits(_columns[i]) ? i : index;
        }

        column = index < 0 ? new CsvConstant(0) : new CsvOperand(_columns[index], index);
        if (index >= 0)
        {
            _at += _columns[index].Length;
            SkipBlanks();
        }

        return index >= 0;
    }

    // A sign belongs to a constant only after its exponent, as in 1e-5.
    private static bool IsInConstant(string text, int start, int at)
    {
        return char.IsAsciiDigit(text[at]) || text[at] == '.'
            || (at > start && (text[at] is 'e' or 'E' || (text[at] is '+' or '-' && text[at - 1] is 'e' or 'E')));
    }

    private readonly bool Fits(string name)
    {
        var end = _at + name.Length;
        return name.Length > 0 && string.CompareOrdinal(_text, _at, name, 0, name.Length) == 0
            && (end == _text.Length || !(char.IsLetterOrDigit(_text[end]) || _text[end] == '_'));
    }

    private bool TryTake(string signs, out char sign)
    {
        SkipBlanks();
        sign = _at < _text.Length ? _text[_at] : '\0';
        if (!signs.Contains(sign, StringComparison.Ordinal))
        {
            return false;
        }

        _at++;
        SkipBlanks();
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private readonly DefinitionException Unexpected(string expected) =>
        new(Path, $"In '{_text}', {expected} is expected at character {_at + 1}.");
}
