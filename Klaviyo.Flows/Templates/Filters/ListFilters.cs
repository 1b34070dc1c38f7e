using System.Runtime.ExceptionServices;
using System.Text;

namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Filters of lists, and of what text and lists have in common.</summary>
internal static class ListFilters
{
    internal static IReadOnlyList<TemplateFilter> All { get; } =
    [
        new("default", 0, 1, Default) { Keyword = "allow_false" },
        new("size", 0, 0, Size),
        new("length", 0, 0, Size),
        new("first", 0, 0, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> _) =>
            PathMove.Special(value, "first", call.Run)),
        new("last", 0, 0, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> _) =>
            PathMove.Special(value, "last", call.Run)),
        new("join", 0, 1, Join),
        new("concat", 1, 1, Concat),
        new("reverse", 0, 0, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> _) =>
            TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. Flat(value, call.Run).AsEnumerable().Reverse()])),
        new("compact", 0, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            Kept(call, value, arguments, (item, _) => !item.IsNil)),
        new("uniq", 0, 1, Unique),
        new("slice", 1, 2, Slice),
        new("sort", 0, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            Sorted(call, value, arguments, Compare)),
        new("sort_natural", 0, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            Sorted(call, value, arguments, CompareTexts)),
        new("sum", 0, 1, Sum),
    ];

    /// <summary>Gets the items of a value, lists in lists opened; a value that is no list is one item, nothing is none.</summary>
    internal static List<TemplateValue> Flat(TemplateValue value, TemplateRun run)
    {
        var items = new List<TemplateValue>();
        if (value.Kind is not (TemplateValueKind.Nil or TemplateValueKind.Empty or TemplateValueKind.Blank))
        {
            Add(value, items, run);
        }

        return items;
    }

    private static void Add(TemplateValue value, List<TemplateValue> items, TemplateRun run)
    {
        if (value.Kind is not (TemplateValueKind.List or TemplateValueKind.Range))
        {
            items.Add(value);
            return;
        }

        run.Charge(value.Count);
        foreach (var item in value.Items())
        {
            Add(item, items, run);
        }
    }

    private static TemplateValue Default(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var isMissing = value.Kind switch
        {
            TemplateValueKind.Nil or TemplateValueKind.Empty or TemplateValueKind.Blank => true,
            TemplateValueKind.Boolean => !value.AsBoolean && !call.Keyword.IsTruthy,
            TemplateValueKind.Text or TemplateValueKind.List or TemplateValueKind.Object => value.Count == 0,
            _ => false,
        };
        return isMissing ? (arguments.Length > 0 ? arguments[0] : TemplateValue.Nil) : value;
    }

    private static TemplateValue Size(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
        TemplateValue.Of((long)value.Count);

    private static TemplateValue Join(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var separator = call.Text(arguments, 0, " ");
        var (output, isFirst) = (new StringBuilder(), true);
        foreach (var item in Flat(value, call.Run))
        {
            call.Run.Charge(separator.Length);
            output.Append(isFirst ? "" : separator).Append(item.Text(call.Run));
            isFirst = false;
        }

        return TemplateValue.Of(output.ToString());
    }

    private static TemplateValue Concat(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        if (arguments[0].Kind is not (TemplateValueKind.List or TemplateValueKind.Range))
        {
            throw new TemplateException($"'concat' takes a list, not {TemplateException.Show(arguments[0])}");
        }

        call.Run.Charge(arguments[0].Count);
        return TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. Flat(value, call.Run), .. arguments[0].Items()]);
    }

    private static TemplateValue Kept(
        in FilterContext call,
        TemplateValue value,
        ReadOnlySpan<TemplateValue> arguments,
        Func<TemplateValue, TemplateRun, bool> keeps)
    {
        var (run, property) = (call.Run, Property(arguments));
        return TemplateValue.Of(
            (IReadOnlyList<TemplateValue>)[.. Flat(value, run).Where(item => keeps(SearchFilters.Of(item, property, run), run))]);
    }

    private static TemplateValue Unique(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var seen = new HashSet<(TemplateValueKind Kind, string Text)>();
        return Kept(call, value, arguments, (item, run) => seen.Add((item.Kind, item.Text(run))));
    }

    private static TemplateValue Slice(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        if (arguments is [{ Kind: TemplateValueKind.Text } bounds] && bounds.AsText.Contains(':', StringComparison.Ordinal))
        {
            return DjangoFilters.Slice(call, value, bounds.AsText);
        }

        var (offset, length) = (Index(arguments[0]), arguments is [_, { IsNil: false } asked] ? Index(asked) : 1);
        var isList = value.Kind is TemplateValueKind.List or TemplateValueKind.Range;
        var text = isList ? "" : value.Text(call.Run);
        var count = isList ? value.Count : text.Length;
        offset = offset < 0 ? offset + count : offset;
        if (offset < 0 || offset > count || length < 0)
        {
            return isList ? TemplateValue.Of((IReadOnlyList<TemplateValue>)[]) : TemplateValue.Of("");
        }

        var (first, taken) = ((int)offset, (int)Math.Min(length, count - offset));
        return isList
            ? TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. value.Items().Skip(first).Take(taken)])
            : TemplateValue.Of(text.Substring(first, taken));
    }

    private static long Index(TemplateValue value)
    {
        var isWhole = value.Kind == TemplateValueKind.Integer
            || (value.Kind == TemplateValueKind.Text && TemplateNumber.TryRead(value.AsText, out var read) && read.Kind == TemplateValueKind.Integer);
        return isWhole ? TemplateNumber.Whole(value) : throw new TemplateException($"'slice' takes whole numbers, not {TemplateException.Show(value)}");
    }

    // A merge sort of LINQ: stable, and each comparison is charged.
    private static TemplateValue Sorted(
        in FilterContext call,
        TemplateValue value,
        ReadOnlySpan<TemplateValue> arguments,
        Func<TemplateValue, TemplateValue, TemplateRun, int> compare)
    {
        var (run, property) = (call.Run, Property(arguments));
        var order = Comparer<TemplateValue>.Create((a, b) =>
        {
            run.Charge(0);
            return (a.IsNil, b.IsNil) switch
            {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => -1,
                _ => compare(a, b, run),
            };
        });
        var items = Flat(value, run).Select(item => (Key: SearchFilters.Of(item, property, run), Item: item)).ToList();
        try
        {
            return TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. items.OrderBy(i => i.Key, order).Select(i => i.Item)]);
        }
        catch (InvalidOperationException failure) when (failure.InnerException is TemplateException or TemplateBoundException)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException);
            throw;
        }
    }

    private static int Compare(TemplateValue a, TemplateValue b, TemplateRun run) =>
        TemplateComparison.Order(a, b, run)
            ?? throw new TemplateException($"{TemplateException.Show(a)} and {TemplateException.Show(b)} have no order");

    private static int CompareTexts(TemplateValue a, TemplateValue b, TemplateRun run) =>
        string.Compare(a.Text(run), b.Text(run), StringComparison.OrdinalIgnoreCase);

    private static TemplateValue Sum(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var sum = TemplateValue.Of(0L);
        foreach (var item in Flat(value, call.Run))
        {
            sum = TemplateNumber.Calculate('+', sum, SearchFilters.Of(item, Property(arguments), call.Run));
        }

        return sum;
    }

    private static TemplateValue Property(ReadOnlySpan<TemplateValue> arguments) =>
        arguments.Length > 0 ? arguments[0] : TemplateValue.Nil;
}
