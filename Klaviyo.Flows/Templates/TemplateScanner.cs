namespace Klaviyo.Flows.Templates;

/// <summary>Takes a template apart into text, outputs and tags.</summary>
/// <remarks>A tag ends at the first <c>%}</c>, an output at the first <c>}}</c>, also inside quotes, as Liquid has it.</remarks>
internal sealed class TemplateScanner(TemplateSource source, TemplateDefinition definition)
{
    private const int PiecesMax = 50_000;
    private readonly List<TemplatePiece> _pieces = [];
    private readonly string _text = source.Text;
    private int _at;
    private bool _trimNext;

    /// <summary>Takes the whole text apart.</summary>
    internal List<TemplatePiece> Scan()
    {
        while (_at < _text.Length)
        {
            var open = NextOpening(_at);
            var kind = open < _text.Length ? _text[open + 1] : '\0';
            AddText(open, kind != '#' && open + 2 < _text.Length && _text[open + 2] == '-');
            if (open == _text.Length)
            {
                break;
            }

            if (kind == '#')
            {
                _at = EndOfRemark(open);
                Add(new TemplatePiece(TemplatePieceKind.Comment, open, open, "", open));
            }
            else if (kind == '{')
            {
                var (start, end) = Markup(open, "}}", "the output is not closed with '}}'");
                Add(new TemplatePiece(TemplatePieceKind.Output, start, end, "", open));
            }
            else
            {
                Tag(open);
            }
        }

        return _pieces;
    }

    /// <summary>Takes the lines of a <c>liquid</c> tag apart: each is a tag.</summary>
    internal List<TemplatePiece> ScanLines(int start, int end)
    {
        var comments = 0;
        for (_at = start; _at < end;)
        {
            var newline = _text.IndexOf('\n', _at, end - _at);
            var lineEnd = newline < 0 ? end : newline;
            var (name, behind) = Name(_at, lineEnd);
            comments += name == "comment" ? 1 : name == "endcomment" ? -1 : 0;
            if (comments < 0)
            {
                throw definition.Error(source, _at, "'endcomment' closes nothing");
            }

            if (comments == 0 && name.Length > 0 && name[0] != '#' && name != "endcomment")
            {
                Add(new TemplatePiece(TemplatePieceKind.Tag, behind, lineEnd, name, behind - name.Length));
            }

            _at = lineEnd + 1;
        }

        return comments == 0 ? _pieces : throw definition.Error(source, start, "'comment' is not closed with 'endcomment'");
    }

    private int NextOpening(int from)
    {
        for (var open = _text.IndexOf('{', from); open >= 0; open = _text.IndexOf('{', open + 1))
        {
            if (open + 1 < _text.Length && (_text[open + 1] is '{' or '%' || EndOfRemark(open) > 0))
            {
                return open;
            }
        }

        return _text.Length;
    }

    // Django's comment, which ends on its line; else it is none.
    private int EndOfRemark(int open)
    {
        if (_text[open + 1] != '#')
        {
            return 0;
        }

        var line = _text.AsSpan(open + 2);
        var close = line[..(line.IndexOf('\n') is >= 0 and var end ? end : line.Length)].IndexOf("#}", StringComparison.Ordinal);
        return close < 0 ? 0 : open + 2 + close + 2;
    }

    private void AddText(int end, bool trimEnd)
    {
        var (start, last) = (_at, end);
        while (_trimNext && start < last && char.IsWhiteSpace(_text[start]))
        {
            start++;
        }

        while (trimEnd && last > start && char.IsWhiteSpace(_text[last - 1]))
        {
            last--;
        }

        _trimNext = false;
        _at = end;
        if (last > start)
        {
            Add(new TemplatePiece(TemplatePieceKind.Text, start, last, "", start));
        }
    }

    private void Tag(int open)
    {
        var (start, end) = Markup(open, "%}", "the tag is not closed with '%}'");
        var (name, behind) = Name(start, end);
        switch (name)
        {
            case "raw":
                Raw(open);
                break;
            case "doc":
                _at = EndOf("doc", open).Behind;
                Add(new TemplatePiece(TemplatePieceKind.Comment, start, start, "", open));
                break;
            case "comment":
                SkipComment(open);
                Add(new TemplatePiece(TemplatePieceKind.Comment, start, start, "", open));
                break;
            case ['#', ..]:
                CheckComment(start, end);
                Add(new TemplatePiece(TemplatePieceKind.Comment, start, start, "", open));
                break;
            default:
                Add(new TemplatePiece(TemplatePieceKind.Tag, behind, end, name, open));
                break;
        }
    }

    private (int Start, int End) Markup(int open, string closing, string unclosed)
    {
        var start = open + 2;
        var close = _text.IndexOf(closing, start, StringComparison.Ordinal);
        if (close < 0)
        {
            throw definition.Error(source, open, unclosed);
        }

        _at = close + 2;
        start += start < close && _text[start] == '-' ? 1 : 0;
        _trimNext = close > start && _text[close - 1] == '-';
        return (start, _trimNext ? close - 1 : close);
    }

    private (string Name, int Behind) Name(int start, int end)
    {
        while (start < end && char.IsWhiteSpace(_text[start]))
        {
            start++;
        }

        if (start < end && _text[start] == '#')
        {
            return ("#", start + 1);
        }

        var behind = start;
        while (behind < end && (char.IsLetterOrDigit(_text[behind]) || _text[behind] == '_'))
        {
            behind++;
        }

        return (_text[start..behind], behind);
    }

    private void Raw(int open)
    {
        var start = _at;
        while (_trimNext && start < _text.Length && char.IsWhiteSpace(_text[start]))
        {
            start++;
        }

        var (closing, behind) = EndOf("raw", open);
        var end = closing;
        while (_text[closing + 2] == '-' && end > start && char.IsWhiteSpace(_text[end - 1]))
        {
            end--;
        }

        _at = behind;
        Add(new TemplatePiece(TemplatePieceKind.Raw, start, Math.Max(start, end), "", open));
    }

    private (int Opening, int Behind) EndOf(string name, int open)
    {
        for (var next = _text.IndexOf("{%", _at, StringComparison.Ordinal); next >= 0;
            next = _text.IndexOf("{%", next + 1, StringComparison.Ordinal))
        {
            var start = next + 2 < _text.Length && _text[next + 2] == '-' ? next + 3 : next + 2;
            var (found, behind) = Name(start, _text.Length);
            if (found == "end" + name && TryClose(behind, out var end))
            {
                return (next, end);
            }
        }

        throw definition.Error(source, open, $"'{name}' is not closed with 'end{name}'");
    }

    private bool TryClose(int at, out int behind)
    {
        while (at < _text.Length && char.IsWhiteSpace(_text[at]))
        {
            at++;
        }

        _trimNext = at < _text.Length && _text[at] == '-';
        at += _trimNext ? 1 : 0;
        behind = at + 2;
        return string.CompareOrdinal(_text, at, "%}", 0, 2) == 0;
    }

    private void SkipComment(int open)
    {
        for (var depth = 1; depth > 0;)
        {
            var next = _text.IndexOf("{%", _at, StringComparison.Ordinal);
            var close = next < 0 ? -1 : _text.IndexOf("%}", next + 2, StringComparison.Ordinal);
            if (close < 0)
            {
                throw definition.Error(source, open, "'comment' is not closed with 'endcomment'");
            }

            var (start, end) = Markup(next, "%}", "");
            var name = Name(start, end).Name;
            depth += name == "comment" ? 1 : name == "endcomment" ? -1 : 0;
            if (name == "raw")
            {
                _at = EndOf("raw", next).Behind;
            }
        }
    }

    private void CheckComment(int start, int end)
    {
        for (var at = start; at >= 0 && at < end;)
        {
            var (name, _) = Name(at, end);
            var newline = _text.IndexOf('\n', at, end - at);
            if (name != "#" && !string.IsNullOrWhiteSpace(_text[at..(newline < 0 ? end : newline)]))
            {
                throw definition.Error(source, at, "each line of a comment begins with '#'");
            }

            at = newline < 0 ? -1 : newline + 1;
        }
    }

    private void Add(TemplatePiece piece)
    {
        if (_pieces.Count == PiecesMax)
        {
            throw definition.Error(source, piece.Offset, $"more than {PiecesMax} texts, outputs and tags");
        }

        _pieces.Add(piece);
    }
}
