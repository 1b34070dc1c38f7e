using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Klaviyo.Flows.Templates;

/// <summary>Reads what stands between the braces: expressions, filters, conditions.</summary>
/// <param name="source">The template.</param>
/// <param name="start">Where the markup begins.</param>
/// <param name="end">Where it ends.</param>
/// <param name="definition">What is known of the template as a whole.</param>
internal sealed class MarkupReader(TemplateSource source, int start, int end, TemplateDefinition definition)
{
    private const int DepthMax = 32;
    private int _at = start;
    private int _depth;

    internal TemplateSource Source => source;

    /// <summary>Gets where the next word stands.</summary>
    internal int Offset
    {
        get
        {
            SkipSpace();
            return _at;
        }
    }

    internal bool IsAtEnd => Offset >= end;

    /// <summary>Gets the rest as it is.</summary>
    internal string Rest => source.Text[Offset..end].TrimEnd();

    internal string Text(int from) => source.Text[from.._at].TrimEnd();

    internal DefinitionException Error(string what) => definition.Error(source, Math.Min(Offset, end), what);

    internal void ExpectEnd()
    {
        if (!IsAtEnd)
        {
            throw Error($"'{Shortened(Rest)}' is not expected here");
        }
    }

    internal bool TryTake(char character)
    {
        if (IsAtEnd || source.Text[_at] != character)
        {
            return false;
        }

        _at++;
        return true;
    }

    internal void Expect(char character, string after)
    {
        if (!TryTake(character))
        {
            throw Error($"'{character}' is expected after {after}");
        }
    }

    internal bool TryTakeWord(string word)
    {
        var at = Offset;
        if (TryTakeName(out var name) && name == word)
        {
            return true;
        }

        _at = at;
        return false;
    }

    internal bool TryTakeName([NotNullWhen(true)] out string? name)
    {
        var first = Offset;
        if (first < end && IsNameStart(source.Text[first]))
        {
            while (_at < end && (IsNameStart(source.Text[_at]) || char.IsDigit(source.Text[_at]) || source.Text[_at] == '-'))
            {
                _at++;
            }

            if (_at < end && source.Text[_at] == '?')
            {
                _at++;
            }
        }

        name = _at > first ? source.Text[first.._at] : null;
        return name is not null;
    }

    /// <summary>Reads the name of a variable to be set.</summary>
    internal string Target()
    {
        var first = Offset;
        while (_at < end && (IsNameStart(source.Text[_at]) || char.IsDigit(source.Text[_at]) || (source.Text[_at] == '-' && _at > first)))
        {
            _at++;
        }

        return _at > first ? source.Text[first.._at] : throw Error("the name of a variable is expected");
    }

    internal TemplateExpression Filtered()
    {
        var value = Value();
        var filters = new List<FilterCall>();
        while (TryTake('|'))
        {
            filters.Add(Filter());
        }

        return filters.Count == 0 ? value : new FilteredExpression(value, filters);
    }

    internal TemplateCondition Condition()
    {
        Enter();
        var left = Comparison();
        var both = TryTakeWord("and");
        var condition = both || TryTakeWord("or") ? new JunctionCondition(left, both, Condition()) : left;
        _depth--;
        return condition;
    }

    internal TemplateExpression Value()
    {
        Enter();
        var value = ReadValue();
        _depth--;
        return value;
    }

    private TemplateExpression ReadValue()
    {
        if (IsAtEnd)
        {
            throw Error("a value is expected");
        }

        var character = source.Text[_at];
        if (character is '\'' or '"')
        {
            return Quoted(character);
        }

        if (char.IsAsciiDigit(character) || (character == '-' && _at + 1 < end && char.IsAsciiDigit(source.Text[_at + 1])))
        {
            return Number();
        }

        return character switch
        {
            '(' => Range(),
            '[' => Path(null),
            _ when TryTakeName(out var name) => Word(name),
            _ => throw Error($"'{Shortened(Rest)}' is no value"),
        };
    }

    private TemplateExpression Word(string name)
    {
        return name switch
        {
            "nil" or "null" => new LiteralExpression(TemplateValue.Nil),
            "true" => new LiteralExpression(TemplateValue.Of(true)),
            "false" => new LiteralExpression(TemplateValue.Of(false)),
            "empty" => new LiteralExpression(TemplateValue.Empty),
            "blank" => new LiteralExpression(TemplateValue.Blank),
            _ => Path(name),
        };
    }

    private PathExpression Path(string? name)
    {
        var from = name is null ? _at : _at - name.Length;
        TemplateExpression root;
        if (name is null)
        {
            root = Bracket();
            definition.UseComputedRoot(source, from, root);
        }
        else
        {
            root = new LiteralExpression(TemplateValue.Of(name));
            definition.Use(source, from, name);
        }

        var moves = new List<PathMove>();
        while (true)
        {
            var before = Offset;
            if (before < end && source.Text[before] == '[')
            {
                moves.Add(new PathMove(Bracket(), false));
            }
            else if (before + 1 < end && source.Text[before] == '.' && source.Text[before + 1] != '.')
            {
                _at++;
                moves.Add(TryTakeName(out var move)
                    ? new PathMove(new LiteralExpression(TemplateValue.Of(move)), true)
                    : throw Error("a name is expected after '.'; an index stands in [ ]"));
            }
            else
            {
                return new PathExpression(root, moves);
            }
        }
    }

    private TemplateExpression Bracket()
    {
        _at++;
        var key = Value();
        Expect(']', "what stands in [");
        return key;
    }

    private LiteralExpression Quoted(char quote)
    {
        var close = source.Text.IndexOf(quote, _at + 1, end - _at - 1);
        if (close < 0)
        {
            throw Error("the quote is not closed");
        }

        var text = source.Text[(_at + 1)..close];
        _at = close + 1;
        return new LiteralExpression(TemplateValue.Of(text));
    }

    private LiteralExpression Number()
    {
        var first = _at++;
        TakeDigits();
        if (_at + 1 < end && source.Text[_at] == '.' && char.IsAsciiDigit(source.Text[_at + 1]))
        {
            _at++;
            TakeDigits();
        }

        var text = source.Text.AsSpan(first, _at - first);
        return new LiteralExpression(
            !text.Contains('.') && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                ? TemplateValue.Of(whole)
                : TemplateValue.Of(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)));
    }

    private void TakeDigits()
    {
        while (_at < end && char.IsAsciiDigit(source.Text[_at]))
        {
            _at++;
        }
    }

    private RangeExpression Range()
    {
        _at++;
        var first = Value();
        Expect('.', "the first number of a range");
        Expect('.', "the first number of a range");
        var last = Value();
        Expect(')', "the last number of a range");
        return new RangeExpression(first, last);
    }

    private TemplateCondition Comparison()
    {
        var left = Filtered();
        if (TryTakeWord("contains"))
        {
            return new ComparisonCondition(left, "contains", Filtered());
        }

        foreach (var comparison in ComparisonCondition.Operators)
        {
            if (Offset + comparison.Length <= end && string.CompareOrdinal(source.Text, _at, comparison, 0, comparison.Length) == 0)
            {
                _at += comparison.Length;
                return new ComparisonCondition(left, comparison, Filtered());
            }
        }

        return new TruthCondition(left);
    }

    private FilterCall Filter()
    {
        var place = Offset;
        if (!TryTakeName(out var name))
        {
            throw Error("a filter is expected after '|'");
        }

        if (!TemplateFilter.ByName.TryGetValue(name, out var filter))
        {
            var known = string.Join(", ", TemplateFilter.ByName.Keys.Order(StringComparer.Ordinal));
            throw definition.Error(source, place, $"'{name}' is no filter; there are {known}");
        }

        var (arguments, keywords) = (new List<TemplateExpression>(), new List<(string Name, TemplateExpression Value)>());
        if (TryTake(':'))
        {
            do
            {
                Argument(filter, arguments, keywords);
            }
            while (TryTake(','));
        }

        return arguments.Count >= filter.ArgumentsMin && arguments.Count <= filter.ArgumentsMax
            ? new FilterCall(filter, arguments, keywords, source, place)
            : throw definition.Error(source, place, $"'{name}' takes {Arguments(filter)}, not {arguments.Count}");
    }

    private void Argument(
        TemplateFilter filter, List<TemplateExpression> arguments, List<(string Name, TemplateExpression Value)> keywords)
    {
        var at = Offset;
        if (TryTakeName(out var keyword) && TryTake(':'))
        {
            keywords.Add(keyword == filter.Keyword
                ? (keyword, Value())
                : throw definition.Error(source, at, $"'{filter.Name}' has no argument '{keyword}'"));
            return;
        }

        _at = at;
        arguments.Add(Value());
    }

    private static string Arguments(TemplateFilter filter)
    {
        return (filter.ArgumentsMin, filter.ArgumentsMax) switch
        {
            (0, 0) => "no arguments",
            (1, 1) => "1 argument",
            var (min, max) when min == max => $"{min} arguments",
            var (min, max) => $"{min} to {max} arguments",
        };
    }

    private void Enter()
    {
        if (++_depth > DepthMax)
        {
            throw Error($"more than {DepthMax} expressions stand in one another");
        }
    }

    private void SkipSpace()
    {
        while (_at < end && char.IsWhiteSpace(source.Text[_at]))
        {
            _at++;
        }
    }

    private static bool IsNameStart(char character) => char.IsLetter(character) || character is '_' or '$';

    private static string Shortened(string text) => text.Length > 20 ? text[..20] + "…" : text;
}
