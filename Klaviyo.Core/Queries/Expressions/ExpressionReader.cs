using System.Globalization;
using System.Text;

namespace Klaviyo;

// Reads EXPRESSION (',' EXPRESSION)*, where EXPRESSION = NAME '(' arguments ')'.
internal sealed class ExpressionReader(string text)
{
    private const int DepthMax = 64;
    private int _position;

    internal ExpressionNode Read()
    {
        var node = new AllOf(ReadExpressions(end: null, depth: 0));
        return node.Nodes.Count == 1 ? node.Nodes[0] : node;
    }

    private List<ExpressionNode> ReadExpressions(char? end, int depth)
    {
        var nodes = new List<ExpressionNode>();
        do
        {
            nodes.Add(ReadExpression(depth));
        }
        while (TrySkip(','));

        if (end is { } character)
        {
            Skip(character);
        }
        else if (_position < text.Length)
        {
            throw Error($"',' or the end is expected, not '{text[_position]}'");
        }

        return nodes;
    }

    private ExpressionNode ReadExpression(int depth)
    {
        if (depth > DepthMax)
        {
            throw Error($"expressions are nested deeper than {DepthMax}");
        }

        SkipSpaces();
        var start = _position;
        var name = ReadUntil("(),\"[]");
        Skip('(');
        return name switch
        {
            "and" => new AllOf(ReadExpressions(')', depth + 1)),
            "or" => new AnyOf(ReadExpressions(')', depth + 1)),
            "not" => ReadNegation(depth),
            _ => ReadTest(name, start),
        };
    }

    private Negation ReadNegation(int depth)
    {
        var node = ReadExpression(depth + 1);
        Skip(')');
        return new Negation(node);
    }

    private ExpressionNode ReadTest(string name, int start)
    {
        if (!ExpressionTests.IsKnown(name))
        {
            _position = start;
            throw Error($"'{name}' is not an operator: and, or, not, {ExpressionTests.Names}");
        }

        var field = ReadField();
        var values = TrySkip(',') ? ReadValues() : [];
        Skip(')');
        return ExpressionTests.TryCreate(name, field, values, out var problem) ?? throw ErrorAt(start, problem);
    }

    // A field may have brackets and quotes in it: properties['Favorite, really'].
    private string ReadField()
    {
        SkipSpaces();
        var start = _position;
        var quote = '\0';
        while (_position < text.Length && (quote != '\0' || text[_position] is not (',' or ')')))
        {
            var character = text[_position++];
            quote = quote == '\0' && character is '\'' or '"' ? character : character == quote ? '\0' : quote;
        }

        var field = text[start.._position].Trim();
        return field.Length > 0 ? field : throw Error("a field is expected");
    }

    private List<PropertyValue> ReadValues()
    {
        if (!TrySkip('['))
        {
            return [ReadValue()];
        }

        var values = new List<PropertyValue>();
        if (TrySkip(']'))
        {
            return values;
        }

        do
        {
            values.Add(ReadValue());
        }
        while (TrySkip(','));
        Skip(']');
        return values;
    }

    private PropertyValue ReadValue()
    {
        SkipSpaces();
        if (_position < text.Length && text[_position] is '"' or '\'')
        {
            return ReadString(text[_position]);
        }

        var start = _position;
        var word = ReadUntil(",)]");
        return word switch
        {
            "true" => true,
            "false" => false,
            "null" => default,
            _ when Instant.TryParse(word, out var instant) => instant,
            _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
            _ => throw ErrorAt(start, $"'{word}' is not a value: \"text\", a number, true, false, null or an ISO 8601 date"),
        };
    }

    private PropertyValue ReadString(char quote)
    {
        var start = _position++;
        var value = new StringBuilder();
        while (_position < text.Length && text[_position] != quote)
        {
            if (text[_position] == '\\' && _position + 1 < text.Length)
            {
                _position++;
            }

            value.Append(text[_position++]);
        }

        if (_position == text.Length)
        {
            throw ErrorAt(start, "the string has no end");
        }

        _position++;
        return value.ToString();
    }

    private string ReadUntil(string stops)
    {
        var end = text.AsSpan(_position).IndexOfAny(stops);
        var word = end < 0 ? text[_position..] : text.Substring(_position, end);
        _position += word.Length;
        return word.Trim();
    }

    private void SkipSpaces()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }
    }

    private bool TrySkip(char character)
    {
        SkipSpaces();
        if (_position == text.Length || text[_position] != character)
        {
            return false;
        }

        _position++;
        return true;
    }

    private void Skip(char character)
    {
        if (!TrySkip(character))
        {
            throw Error($"'{character}' is expected{(_position < text.Length ? $", not '{text[_position]}'" : " before the end")}");
        }
    }

    private DefinitionException Error(string message) => ErrorAt(_position, message);

    private static DefinitionException ErrorAt(int position, string message) =>
        new("filter", string.Create(CultureInfo.InvariantCulture, $"at character {position + 1}: {message}"));
}
