using System.Globalization;

namespace Klaviyo.Flows.Templates;

/// <summary>Reads templates: text, and between <c>{{</c> and <c>}}</c> a path with filters.</summary>
internal sealed class TemplateParser(string source, string path)
{
    private const int PartsMax = 10_000;
    private int _at;

    internal List<TemplatePart> Parse()
    {
        var parts = new List<TemplatePart>();
        while (_at < source.Length)
        {
            var open = source.IndexOf('{', _at);
            while (open >= 0 && !IsOpening(open))
            {
                open = source.IndexOf('{', open + 1);
            }

            AddText(parts, open < 0 ? source.Length : open);
            if (open >= 0)
            {
                parts.Add(Output());
            }

            if (parts.Count > PartsMax)
            {
                throw Error($"more than {PartsMax} values and texts");
            }
        }

        return parts;
    }

    private bool IsOpening(int open) => open + 1 < source.Length && source[open + 1] is '{' or '%';

    private void AddText(List<TemplatePart> parts, int end)
    {
        if (end > _at)
        {
            parts.Add(new TemplateText(source[_at..end]));
            _at = end;
        }
    }

    private TemplateOutput Output()
    {
        if (source[_at + 1] == '%')
        {
            throw Error("tags such as {% if %} are not supported");
        }

        _at += 2;
        var found = new TemplatePath(Root(), Moves());
        var filters = new List<TemplateFilterCall>();
        while (TryTake('|'))
        {
            filters.Add(FilterCall());
        }

        if (!TryTake('}') || _at >= source.Length || source[_at] != '}')
        {
            throw Error("'|' or '}}' is expected");
        }

        _at++;
        return new TemplateOutput(found, filters);
    }

    private TemplateRoot Root()
    {
        var name = Name("'person' or 'event'");
        return name switch
        {
            "person" => TemplateRoot.Person,
            "event" => TemplateRoot.Event,
            _ => throw Error($"'{name}' is unknown; a value begins with 'person' or 'event'"),
        };
    }

    private List<TemplatePathPart> Moves()
    {
        var moves = new List<TemplatePathPart>();
        while (true)
        {
            if (TryTake('.'))
            {
                moves.Add(new TemplatePathPart(Name("a name after '.'"), 0));
            }
            else if (TryTake('['))
            {
                moves.Add(Bracket());
            }
            else if (moves.Count == 0)
            {
                throw Error("a property is expected, e.g. person.first_name");
            }
            else
            {
                return moves;
            }
        }
    }

    private TemplatePathPart Bracket()
    {
        var value = Literal();
        var move = value.Kind switch
        {
            PropertyKind.String => new TemplatePathPart(value.AsString(), 0),
            PropertyKind.Number when value.AsNumber() is >= 0 and <= int.MaxValue => new TemplatePathPart(null, (int)value.AsNumber()),
            _ => throw Error("in [ ] stands a name in quotes or an index from 0"),
        };
        return TryTake(']') ? move : throw Error("']' is expected");
    }

    private TemplateFilterCall FilterCall()
    {
        var name = Name("a filter after '|'");
        if (!TemplateFilter.ByName.TryGetValue(name, out var filter))
        {
            var known = string.Join(", ", TemplateFilter.ByName.Keys.Order(StringComparer.Ordinal));
            throw Error($"'{name}' is no filter; there are {known}");
        }

        var arguments = new List<PropertyValue>();
        if (TryTake(':'))
        {
            do
            {
                arguments.Add(Literal());
            }
            while (TryTake(','));
        }

        return arguments.Count >= filter.ArgumentsMin && arguments.Count <= filter.ArgumentsMax
            ? new TemplateFilterCall(filter, arguments)
            : throw Error($"'{name}' takes {filter.ArgumentsMin} to {filter.ArgumentsMax} arguments, not {arguments.Count}");
    }

    private PropertyValue Literal()
    {
        SkipSpace();
        if (_at < source.Length && source[_at] is '\'' or '"')
        {
            var end = source.IndexOf(source[_at], _at + 1);
            if (end < 0)
            {
                throw Error("the quote is not closed");
            }

            var text = source[(_at + 1)..end];
            _at = end + 1;
            return text;
        }

        var start = _at;
        while (_at < source.Length && (char.IsAsciiDigit(source[_at]) || source[_at] is '-' or '.'))
        {
            _at++;
        }

        return double.TryParse(source.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Error("a text in quotes or a number is expected");
    }

    private string Name(string expected)
    {
        SkipSpace();
        var start = _at;
        while (_at < source.Length && (char.IsLetterOrDigit(source[_at]) || source[_at] is '_' or '$' or '-'))
        {
            _at++;
        }

        return _at > start ? source[start.._at] : throw Error($"{expected} is expected");
    }

    private bool TryTake(char character)
    {
        SkipSpace();
        if (_at >= source.Length || source[_at] != character)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < source.Length && char.IsWhiteSpace(source[_at]))
        {
            _at++;
        }
    }

    private DefinitionException Error(string what)
    {
        var line = 1 + source.AsSpan(0, Math.Min(_at, source.Length)).Count('\n');
        return new DefinitionException(path, $"template, line {line}, character {_at + 1}: {what}");
    }
}
