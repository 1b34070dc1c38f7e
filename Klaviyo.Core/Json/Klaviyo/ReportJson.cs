using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>Reports from and to JSON: the body and the answer of Klaviyo's <c>query metric aggregates</c>.</summary>
/// <remarks>
/// <para>A metric is named by its name. <c>by</c> takes any property of the events; dates in <c>filter</c> without an offset
/// are UTC. The filters on <c>datetime</c> are the range of the report.</para>
/// <para>The query itself, or a request body around it: <c>{"data": {"attributes": …}}</c>.</para>
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
public static class ReportJson
{
    private const string Date = "datetime";

    private static readonly OperatorNames<ReportMeasure> Measures =
        new(("count", ReportMeasure.Count), ("sum_value", ReportMeasure.Sum), ("unique", ReportMeasure.Unique));

    private static readonly OperatorNames<TimeUnit> Intervals =
        new(("hour", TimeUnit.Hour), ("day", TimeUnit.Day), ("week", TimeUnit.Week), ("month", TimeUnit.Month), ("year", TimeUnit.Year));

    /// <summary>Reads a query.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="DefinitionException">Not JSON, or not a query; path and message say where and why.</exception>
    public static ReportQuery Parse(string json)
    {
        using var document = DefinitionText.Parse(json);
        return Parse(Unwrapped(new DefinitionNode(document.RootElement, "$", inFlow: false)));
    }

    /// <summary>Writes <c>dates</c> and <c>data</c> into an object.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void Write(Utf8JsonWriter writer, ReportQuery query, ReportResult result)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(result);
        writer.WriteStartArray("dates");
        foreach (var date in result.Dates)
        {
            writer.WriteStringValue(date.ToString());
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data");
        foreach (var row in result.Rows)
        {
            Write(writer, query, row);
        }

        writer.WriteEndArray();
    }

    /// <summary>Gets the name of a measure in JSON.</summary>
    internal static string NameOf(ReportMeasure measure) => Measures.NameOf(measure);

    private static ReportQuery Parse(DefinitionNode node)
    {
        node.Allow(
            "metric_id", "measurements", "interval", "by", "filter", "timezone", "sort", "page_size", "page_cursor", "return_fields");
        if (node.Optional("page_cursor") is { IsMissing: false } cursor)
        {
            throw cursor.Error("an answer has one page: ask for more rows with page_size");
        }

        var filters = Filters(node.Optional("filter"));
        var sort = node.Optional("sort") is { IsMissing: false } given ? given.Name() : null;
        return new ReportQuery
        {
            Metric = node.Required("metric_id").Name(),
            Measures = ValueList.Of(node.Required("measurements").Items().Select(m => m.Operator(Measures, "a measurement"))),
            Interval = Interval(node),
            By = By(node.Optional("by")),
            Range = filters.Where(f => f.IsOnDate).Aggregate(TimeRange.All, (range, f) => range.Intersect(f.Range)),
            Where = ValueList.Of(filters.Where(f => !f.IsOnDate).Select(f => f.Expression)),
            Zone = Zone(node.Optional("timezone")),
            SortBy = sort?.TrimStart('-'),
            Descending = sort?.StartsWith('-') ?? false,
            Limit = node.Optional("page_size") is { IsMissing: false } size ? size.Integer(1, int.MaxValue) : int.MaxValue,
        };
    }

    // As in Klaviyo's API, a missing interval is a day, and null is none.
    private static TimeUnit? Interval(DefinitionNode node)
    {
        var interval = node.Optional("interval");
        return !interval.IsMissing ? interval.Operator(Intervals, "an interval") : node.Has("interval") ? null : TimeUnit.Day;
    }

    private static ValueList<PropertyPath> By(DefinitionNode by) =>
        by.IsMissing ? [] : ValueList.Of(by.Items().Select(item => new PropertyPath(item.Name())));

    private static AccountZone Zone(DefinitionNode zone)
    {
        try
        {
            return zone.IsMissing ? AccountZone.Utc : AccountZone.Of(zone.Name());
        }
        catch (ArgumentException unknown)
        {
            throw zone.Error(unknown.Message);
        }
    }

    private static List<ReportFilter> Filters(DefinitionNode filter)
    {
        if (filter.IsMissing)
        {
            return [];
        }

        IReadOnlyList<DefinitionNode> items =
            filter.Element.ValueKind == JsonValueKind.String ? [filter] : filter.Items();
        return [.. items.Select(Filter)];
    }

    private static ReportFilter Filter(DefinitionNode node)
    {
        try
        {
            var expression = FilterExpression.Parse(node.Text());
            return new ReportFilter(expression, expression.RangeOf(Date));
        }
        catch (DefinitionException wrong)
        {
            throw node.Error(wrong.Message);
        }
    }

    private static void Write(Utf8JsonWriter writer, ReportQuery query, ReportRow row)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("dimensions");
        foreach (var value in row.Dimensions)
        {
            writer.WriteStringValue(value.IsNull ? "" : value.ToString());
        }

        writer.WriteEndArray();
        writer.WriteStartObject("measurements");
        foreach (var (measure, numbers) in query.Measures.Zip(row.Numbers))
        {
            writer.WriteStartArray(NameOf(measure));
            foreach (var number in numbers)
            {
                writer.WriteNumberValue(number);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static DefinitionNode Unwrapped(DefinitionNode node)
    {
        foreach (var name in (ReadOnlySpan<string>)["data", "attributes"])
        {
            node = node.Has(name) ? node.Required(name) : node;
        }

        return node;
    }

    private readonly record struct ReportFilter(FilterExpression Expression, TimeRange? On)
    {
        internal bool IsOnDate => On is not null;

        internal TimeRange Range => On ?? TimeRange.All;
    }
}
