using Klaviyo.Flows.Templates.Tags;

namespace Klaviyo.Flows.Templates;

/// <summary>Reads a template into nodes. Only the tags that are listed here exist.</summary>
/// <remarks>Klaviyo's templates are Django's: what these write otherwise than Liquid means what it means there, where Liquid has no meaning for it.</remarks>
internal sealed class TemplateParser(TemplateSource source, List<TemplatePiece> pieces, TemplateDefinition definition)
{
    private const int DepthMax = 64;

    internal static readonly string[] Tags =
    [
        "assign", "break", "capture", "case", "catalog", "comment", "continue", "cycle", "decrement", "doc", "echo", "for", "if",
        "ifchanged", "include", "increment", "liquid", "raw", "render", "tablerow", "unless", "unsubscribe", "unsubscribe_link",
    ];

    private int _next;
    private int _depth;

    /// <summary>Reads a whole template.</summary>
    /// <exception cref="DefinitionException">It cannot mean anything.</exception>
    internal static BlockNode Parse(TemplateSource source, TemplateDefinition definition)
    {
        definition.Charge(source);
        return new TemplateParser(source, new TemplateScanner(source, definition).Scan(), definition).ParseAll();
    }

    private BlockNode ParseAll()
    {
        var block = Block([], out _);
        return _next == pieces.Count
            ? block
            : throw Error(pieces[_next], $"'{pieces[_next].Name}' closes nothing");
    }

    // Reads until a tag that ends the block, and takes that.
    private BlockNode Block(ReadOnlySpan<string> endings, out TemplatePiece ending)
    {
        if (++_depth > DepthMax)
        {
            throw Error(pieces[Math.Min(_next, pieces.Count - 1)], $"more than {DepthMax} blocks stand in one another");
        }

        var nodes = new List<TemplateNode>();
        ending = default;
        while (_next < pieces.Count)
        {
            var piece = pieces[_next];
            if (piece.Kind == TemplatePieceKind.Tag && IsEnding(piece.Name))
            {
                if (endings.Contains(piece.Name))
                {
                    ending = piece;
                    _next++;
                }

                break;
            }

            _next++;
            if (Node(piece) is { } node)
            {
                nodes.Add(node);
            }
        }

        _depth--;
        return new BlockNode(nodes);
    }

    private static bool IsEnding(string name) =>
        name is "else" or "elsif" or "elif" or "empty" or "when" || name.StartsWith("end", StringComparison.Ordinal);

    private TemplateNode? Node(TemplatePiece piece)
    {
        return piece.Kind switch
        {
            TemplatePieceKind.Text or TemplatePieceKind.Raw =>
                new TextNode(source.Text[piece.Start..piece.End], piece.Kind == TemplatePieceKind.Raw),
            TemplatePieceKind.Output => Output(piece),
            TemplatePieceKind.Tag => Tag(piece),
            _ => null,
        };
    }

    private OutputNode Output(TemplatePiece piece)
    {
        var markup = Markup(piece);
        var text = markup.Rest;
        var value = markup.Filtered();
        markup.ExpectEnd();
        return new OutputNode(value, source, piece.Offset, text);
    }

    private TemplateNode? Tag(TemplatePiece piece)
    {
        var markup = Markup(piece);
        return piece.Name switch
        {
            "assign" => Whole(AssignTag.Read(markup, definition, piece.Offset), markup),
            "break" => Whole(new JumpTag(TemplateFlow.Break), markup),
            "capture" => Capture(piece, markup),
            "case" => Case(piece, markup),
            "catalog" => Catalog(piece, markup),
            "continue" => Whole(new JumpTag(TemplateFlow.Continue), markup),
            "cycle" => Whole(CycleTag.Read(markup), markup),
            "decrement" => Counter(markup, -1),
            "echo" => markup.IsAtEnd ? null : Output(piece),
            "for" => For(piece, markup),
            "if" => If(piece, markup, negated: false),
            "ifchanged" => IfChanged(piece, markup),
            "include" => Part(piece, markup, isolated: false),
            "increment" => Counter(markup, 1),
            "liquid" => Lines(piece),
            "render" => Part(piece, markup, isolated: true),
            "tablerow" => TableRow(piece, markup),
            "unless" => If(piece, markup, negated: true),
            "unsubscribe" => Unsubscribe(piece, markup),
            "unsubscribe_link" => UnsubscribeLink(markup),
            "" => throw Error(piece, "the name of a tag is expected"),
            _ => throw Error(piece, $"'{piece.Name}' is no tag; there are {string.Join(", ", Tags)}"),
        };
    }

    private BlockNode Lines(TemplatePiece piece)
    {
        var lines = new TemplateScanner(source, definition).ScanLines(piece.Start, piece.End);
        return new TemplateParser(source, lines, definition) { _depth = _depth }.ParseAll();
    }

    private CounterTag Counter(MarkupReader markup, int step)
    {
        var name = markup.Target();
        markup.ExpectEnd();
        definition.Set(name);
        return new CounterTag(name, step);
    }

    private CaptureTag Capture(TemplatePiece piece, MarkupReader markup)
    {
        var quoted = markup.TryTake('\'') || markup.TryTake('"');
        var name = markup.Target();
        _ = quoted && (markup.TryTake('\'') || markup.TryTake('"'));
        markup.ExpectEnd();
        definition.Set(name);
        return new CaptureTag(name, Closed(piece, Block(["endcapture"], out var ending), ending));
    }

    private IfChangedTag IfChanged(TemplatePiece piece, MarkupReader markup)
    {
        markup.ExpectEnd();
        return new IfChangedTag(Closed(piece, Block(["endifchanged"], out var ending), ending));
    }

    private IfTag If(TemplatePiece piece, MarkupReader markup, bool negated)
    {
        var end = "end" + piece.Name;
        var branches = new List<TemplateBranch>();
        var condition = markup.Condition();
        markup.ExpectEnd();
        for (var closed = false; ;)
        {
            var body = Closed(piece, Block(["elsif", "elif", "else", end], out var ending), ending);
            if (!closed)
            {
                branches.Add(new TemplateBranch(condition, body));
                closed = condition is null;
            }

            if (ending.Name == end)
            {
                break;
            }

            // What stands behind an else is read, and never shown.
            condition = ending.Name is "elsif" or "elif" ? Whole(Markup(ending), m => m.Condition()) : null;
        }

        var isBlank = branches.TrueForAll(b => b.Body.IsBlank);
        return new IfTag(
            isBlank ? [.. branches.Select(b => b with { Body = b.Body.WithoutText() })] : branches, negated, source, piece.Offset);
    }

    private CaseTag Case(TemplatePiece piece, MarkupReader markup)
    {
        var value = Whole(markup, m => m.Value());
        var branches = new List<CaseBranch>();
        var first = Closed(piece, Block(["when", "else", "endcase"], out var ending), ending);
        if (!first.IsBlank)
        {
            throw Error(piece, "nothing may stand between 'case' and its first 'when'");
        }

        while (ending.Name != "endcase")
        {
            var values = ending.Name == "when" ? Whole(Markup(ending), Values) : null;
            branches.Add(new CaseBranch(values, Closed(piece, Block(["when", "else", "endcase"], out ending), ending)));
        }

        var isBlank = branches.TrueForAll(b => b.Body.IsBlank);
        return new CaseTag(
            value, isBlank ? [.. branches.Select(b => b with { Body = b.Body.WithoutText() })] : branches, source, piece.Offset);
    }

    private static List<TemplateExpression> Values(MarkupReader markup)
    {
        var values = new List<TemplateExpression>();
        do
        {
            values.Add(markup.Value());
        }
        while (markup.TryTake(',') || markup.TryTakeWord("or"));
        return values;
    }

    private ForTag For(TemplatePiece piece, MarkupReader markup)
    {
        var head = LoopHead.Read(markup, definition, piece.Offset, hasColumns: false);
        var (body, otherwise) = WithElse(piece);
        var tag = new ForTag(head, body, otherwise);
        return tag.IsBlank ? new ForTag(head, body.WithoutText(), otherwise?.WithoutText()) : tag;
    }

    private TableRowTag TableRow(TemplatePiece piece, MarkupReader markup)
    {
        var head = LoopHead.Read(markup, definition, piece.Offset, hasColumns: true);
        return new TableRowTag(head, Closed(piece, Block(["endtablerow"], out var ending), ending));
    }

    private CatalogTag Catalog(TemplatePiece piece, MarkupReader markup)
    {
        var id = markup.Value();
        var type = markup.TryTake(',') ? Type(markup) : CatalogTag.TypeDefault;
        markup.ExpectEnd();
        definition.Set(CatalogTag.Variable);
        definition.ReadsCatalog = true;
        var (body, otherwise) = WithElse(piece);
        return new CatalogTag(id, type, body, otherwise);
    }

    private UnsubscribeTag Unsubscribe(TemplatePiece piece, MarkupReader markup)
    {
        if (definition.Escape != TemplateEscape.Html)
        {
            throw Error(piece, "'unsubscribe' makes a link in HTML; in a text stands 'unsubscribe_link'");
        }

        definition.ReadsUnsubscribe = true;
        return Whole(new UnsubscribeTag(markup.IsAtEnd ? null : markup.Value()), markup);
    }

    private UnsubscribeLinkTag UnsubscribeLink(MarkupReader markup)
    {
        definition.ReadsUnsubscribe = true;
        return Whole(new UnsubscribeLinkTag(), markup);
    }

    private static string Type(MarkupReader markup)
    {
        if (markup.Value() is not LiteralExpression { Value: { Kind: TemplateValueKind.Text } type })
        {
            throw markup.Error("the type of an object is named in quotes, so that it can be checked");
        }

        try
        {
            return IdentifierKind.Object(type.AsText).ObjectType!;
        }
        catch (ArgumentException)
        {
            throw markup.Error($"'{type.AsText}' is not the type of an object");
        }
    }

    private (BlockNode Body, BlockNode? Otherwise) WithElse(TemplatePiece piece)
    {
        var end = "end" + piece.Name;
        var body = Closed(piece, Block(["else", "empty", end], out var ending), ending);
        return (body, ending.Name is "else" or "empty" ? Closed(piece, Block([end], out ending), ending) : null);
    }

    private PartTag Part(TemplatePiece piece, MarkupReader markup, bool isolated)
    {
        if (markup.Value() is not LiteralExpression { Value: { Kind: TemplateValueKind.Text } id })
        {
            throw Error(piece, $"the template to {piece.Name} is named in quotes, so that it can be checked");
        }

        if (!definition.TryFind(id.AsText, out var text))
        {
            throw Error(piece, $"the options hold no template '{id.AsText}'");
        }

        var each = markup.TryTakeWord("for");
        var bound = each || markup.TryTakeWord("with") ? markup.Value() : null;
        var variable = markup.TryTakeWord("as") ? markup.Target() : id.AsText[(id.AsText.LastIndexOf('/') + 1)..];
        var arguments = Arguments(markup);
        definition.Set(variable);
        arguments.ForEach(a => definition.Set(a.Name));
        if (++definition.Depth > TemplateDefinition.IncludesMax)
        {
            throw Error(piece, $"templates include one another more than {TemplateDefinition.IncludesMax} deep");
        }

        var body = Parse(new TemplateSource(id.AsText, text!), definition);
        definition.Depth--;
        return new PartTag(body, isolated, variable, bound, each, arguments);
    }

    private static List<(string Name, TemplateExpression Value)> Arguments(MarkupReader markup)
    {
        var arguments = new List<(string Name, TemplateExpression Value)>();
        while (!markup.IsAtEnd)
        {
            if (!markup.TryTake(','))
            {
                var name = markup.Target();
                markup.Expect(':', "the name of an argument");
                arguments.Add((name, markup.Value()));
            }
        }

        return arguments;
    }

    private static T Whole<T>(T read, MarkupReader markup)
    {
        markup.ExpectEnd();
        return read;
    }

    private static T Whole<T>(MarkupReader markup, Func<MarkupReader, T> read) => Whole(read(markup), markup);

    private BlockNode Closed(TemplatePiece opening, BlockNode block, TemplatePiece ending)
    {
        return ending.Name is { Length: > 0 }
            ? block
            : throw Error(opening, $"'{opening.Name}' is not closed with 'end{opening.Name}'");
    }

    private MarkupReader Markup(TemplatePiece piece) => new(source, piece.Start, piece.End, definition);

    private DefinitionException Error(TemplatePiece piece, string what) => definition.Error(source, piece.Offset, what);
}
