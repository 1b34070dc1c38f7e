namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Filters that look for items by a property, and the look-up of a single one.</summary>
/// <remarks>
/// An item has a property if it is an object with that name, a text with that part, or a whole number with that bit, as Liquid
/// has it. An item that can have none at all, such as nothing or true, ends the search without a result.
/// </remarks>
internal static class SearchFilters
{
    internal static IReadOnlyList<TemplateFilter> All { get; } =
    [
        Search("where", (items, found) => TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. items.Where((_, i) => found[i])])),
        Search("reject", (items, found) => TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. items.Where((_, i) => !found[i])])),
        Search("has", (_, found) => TemplateValue.Of(Array.IndexOf(found, true) >= 0)),
        Search("find", (items, found) => Array.IndexOf(found, true) is >= 0 and var at ? items[at] : TemplateValue.Nil),
        Search("find_index", (_, found) => Array.IndexOf(found, true) is >= 0 and var at ? TemplateValue.Of((long)at) : TemplateValue.Nil),
        new("map", 1, 1, Map),
        new("lookup", 1, 1, Lookup),
    ];

    /// <summary>Gets the property of an item; without a property, the item itself.</summary>
    /// <exception cref="TemplateException">The item is a number.</exception>
    internal static TemplateValue Of(TemplateValue item, TemplateValue property, TemplateRun run) =>
        property.IsNil ? item : TryGet(item, property, run) ?? TemplateValue.Nil;

    private static TemplateFilter Search(string name, Func<List<TemplateValue>, bool[], TemplateValue> result)
    {
        return new TemplateFilter(name, 1, 2, (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
        {
            var property = arguments[0].IsNil ? TemplateValue.Of("") : arguments[0];
            var wanted = arguments.Length > 1 ? arguments[1] : TemplateValue.Nil;
            var items = ListFilters.Flat(value, call.Run);
            var found = new bool[items.Count];
            for (var i = 0; i < found.Length; i++)
            {
                if (TryGet(items[i], property, call.Run) is not { } has)
                {
                    return TemplateValue.Nil;
                }

                found[i] = wanted.IsNil ? has.IsTruthy : TemplateComparison.AreEqual(has, wanted, call.Run);
            }

            return result(items, found);
        });
    }

    private static TemplateValue Map(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var found = new List<TemplateValue>();
        foreach (var item in ListFilters.Flat(value, call.Run))
        {
            found.Add(TryGet(item, arguments[0], call.Run) ?? throw Unfit(item, "map"));
        }

        return TemplateValue.Of(found);
    }

    // Klaviyo's way to properties whose names have spaces: person|lookup:'Favourite Colour'.
    private static TemplateValue Lookup(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
        new PathMove(new LiteralExpression(arguments[0]), false).Follow(value, call.Run);

    private static TemplateValue? TryGet(TemplateValue item, TemplateValue property, TemplateRun run)
    {
        run.Charge(item.Kind == TemplateValueKind.Text ? item.Count : 0);
        switch (item.Kind)
        {
            case TemplateValueKind.Object:
                return property.Kind == TemplateValueKind.Text && item.TryGet(property.AsText, out var found) ? found : TemplateValue.Nil;
            case TemplateValueKind.Text when property.Kind == TemplateValueKind.Text:
                return item.AsText.Contains(property.AsText, StringComparison.Ordinal) ? property : TemplateValue.Nil;
            case TemplateValueKind.Text:
                return TemplateValue.Nil;
            case TemplateValueKind.Integer when property.Kind == TemplateValueKind.Integer:
                var bit = property.AsInteger is >= 0 and < 64 ? (item.AsInteger >> (int)property.AsInteger) & 1 : 0;
                return TemplateValue.Of(bit);
            case TemplateValueKind.Integer:
                throw Unfit(item, TemplateException.Show(property));
            default:
                return null;
        }
    }

    private static TemplateException Unfit(TemplateValue item, string property) =>
        new($"{TemplateException.Show(item)} has no property {property}");
}
