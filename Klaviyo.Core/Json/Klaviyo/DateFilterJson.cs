using System.Text.Json;

namespace Klaviyo.Json;

internal static class DateFilterJson
{
    private const string Operators = "before, after, between-static, in-the-last, in-the-next, at-least, between, alltime, "
        + "anniversary, anniversary-month, anniversary-last, anniversary-next, calendar-month, this-calendar, last-calendar, "
        + "flow-start";

    internal static DateFilter Parse(DefinitionNode node)
    {
        FilterJson.RequireType(node, "date");
        var op = node.Required("operator");
        return op.Text() switch
        {
            "before" or "after" => ParseStatic(node, op.Text() == "after"),
            "between-static" => ParseStaticRange(node),
            "in-the-last" or "in-the-next" or "at-least" => ParseRelative(node, op),
            "between" => ParseRelativeRange(node),
            "anniversary-last" or "anniversary-next" => ParseRelativeAnniversary(node, op.Text() == "anniversary-next"),
            "alltime" => Bare(node, new AlltimeDateFilter()),
            "anniversary" => Bare(node, new AnniversaryDateFilter(WholeMonth: false)),
            "anniversary-month" => Bare(node, new AnniversaryDateFilter(WholeMonth: true)),
            "calendar-month" => ParseMonth(node),
            "this-calendar" or "last-calendar" => ParseCalendarUnit(node, op.Text() == "last-calendar"),
            "flow-start" when node.InFlow => Bare(node, new FlowStartDateFilter()),
            "flow-start" => throw op.Error("'flow-start' has a meaning in flows only"),
            var other => throw op.Error($"'{other}' is not an operator of date filters: {Operators}"),
        };
    }

    internal static TimeStep ParseSpan(DefinitionNode node) => new(Quantity(node, "quantity"), Unit(node));

    internal static void Write(Utf8JsonWriter writer, DateFilter filter)
    {
        switch (filter)
        {
            case StaticDateFilter fixedDate:
                Head(writer, fixedDate.IsAfter ? "after" : "before");
                writer.WriteString("date", Spelling.Of(fixedDate.Date, fixedDate.Spelled));
                break;
            case StaticDateRangeFilter range:
                Head(writer, "between-static");
                writer.WriteString("start", Spelling.Of(range.Start, range.SpelledStart));
                writer.WriteString("end", Spelling.Of(range.End, range.SpelledEnd));
                break;
            case RelativeDateFilter relative:
                Head(writer, RelativeDateFilter.Names.NameOf(relative.Operator));
                WriteSpan(writer, relative.Quantity, relative.Unit);
                break;
            case RelativeDateRangeFilter range:
                Head(writer, "between");
                writer.WriteNumber("start", range.Start);
                writer.WriteNumber("end", range.End);
                writer.WriteString("unit", UnitWords.Names.NameOf(range.Unit));
                break;
            case RelativeAnniversaryDateFilter anniversary:
                Head(writer, anniversary.IsNext ? "anniversary-next" : "anniversary-last");
                WriteSpan(writer, anniversary.Quantity, anniversary.Unit);
                break;
            case CalendarMonthDateFilter month:
                Head(writer, "calendar-month");
                writer.WriteNumber("value", month.Month);
                break;
            case CalendarUnitDateFilter calendar:
                Head(writer, calendar.IsLast ? "last-calendar" : "this-calendar");
                writer.WriteString("unit", UnitWords.Names.NameOf(calendar.Unit));
                break;
            default:
                Head(writer, BareName(filter));
                break;
        }
    }

    private static string BareName(DateFilter filter)
    {
        return filter switch
        {
            AlltimeDateFilter => "alltime",
            FlowStartDateFilter => "flow-start",
            AnniversaryDateFilter { WholeMonth: true } => "anniversary-month",
            AnniversaryDateFilter => "anniversary",
            _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "No JSON for this filter."),
        };
    }

    private static void Head(Utf8JsonWriter writer, string op) => FilterJson.Head(writer, "date", op);

    internal static void WriteSpan(Utf8JsonWriter writer, int quantity, TimeUnit unit)
    {
        writer.WriteString("unit", UnitWords.Names.NameOf(unit));
        writer.WriteNumber("quantity", quantity);
    }

    private static DateFilter Bare(DefinitionNode node, DateFilter filter)
    {
        node.Allow("type", "operator");
        return filter;
    }

    private static StaticDateFilter ParseStatic(DefinitionNode node, bool isAfter)
    {
        node.Allow("type", "operator", "date");
        var date = node.Required("date");
        return new StaticDateFilter(isAfter, date.Instant()) { Spelled = new(date.Text()) };
    }

    private static StaticDateRangeFilter ParseStaticRange(DefinitionNode node)
    {
        node.Allow("type", "operator", "start", "end");
        var (start, end) = (node.Required("start"), node.Required("end"));
        return new StaticDateRangeFilter(start.Instant(), end.Instant()) { SpelledStart = new(start.Text()), SpelledEnd = new(end.Text()) };
    }

    private static RelativeDateFilter ParseRelative(DefinitionNode node, DefinitionNode op)
    {
        node.Allow("type", "operator", "unit", "quantity");
        return new RelativeDateFilter(op.Operator(RelativeDateFilter.Names, "an operator"), Quantity(node, "quantity"), Unit(node));
    }

    private static RelativeDateRangeFilter ParseRelativeRange(DefinitionNode node)
    {
        node.Allow("type", "operator", "start", "end", "unit");
        return new RelativeDateRangeFilter(Quantity(node, "start"), Quantity(node, "end"), Unit(node));
    }

    private static RelativeAnniversaryDateFilter ParseRelativeAnniversary(DefinitionNode node, bool isNext)
    {
        node.Allow("type", "operator", "unit", "quantity");
        return new RelativeAnniversaryDateFilter(isNext, Quantity(node, "quantity"), Unit(node));
    }

    private static CalendarMonthDateFilter ParseMonth(DefinitionNode node)
    {
        node.Allow("type", "operator", "value");
        return new CalendarMonthDateFilter(node.Required("value").Integer(1, 12));
    }

    private static CalendarUnitDateFilter ParseCalendarUnit(DefinitionNode node, bool isLast)
    {
        node.Allow("type", "operator", "unit");
        var unit = Unit(node);
        return unit < TimeUnit.Day
            ? throw node.Required("unit").Expected("day, week, month or year")
            : new CalendarUnitDateFilter(isLast, unit);
    }

    private static int Quantity(DefinitionNode node, string name) => node.Required(name).Integer(0, int.MaxValue);

    internal static TimeUnit Unit(DefinitionNode node) => node.Required("unit").Operator(UnitWords.Names, "a unit");
}
