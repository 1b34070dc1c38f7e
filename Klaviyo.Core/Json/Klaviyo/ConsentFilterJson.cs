using System.Text.Json;

namespace Klaviyo.Json;

// The filters of consents and permissions; the two call the method differently.
internal static class ConsentFilterJson
{
    internal const string Method = "method";
    internal const string SubscribeMethod = "subscribe_method";

    internal static ValueList<ConsentFilter> ParseAll(DefinitionNode node, string methodField) =>
        node.IsMissing ? [] : ValueList.Of(node.Items().Select(item => Parse(item, methodField)));

    internal static void WriteAll(Utf8JsonWriter writer, ValueList<ConsentFilter> filters, string methodField)
    {
        writer.WriteStartArray("filters");
        foreach (var filter in filters)
        {
            writer.WriteStartObject();
            Write(writer, filter, methodField);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static ConsentFilter Parse(DefinitionNode node, string methodField)
    {
        var field = node.Required("field");
        var name = field.Text();
        if (name == methodField)
        {
            return ParseMethod(node);
        }

        node.Allow("field", "filter");
        var filter = node.Required("filter");
        if (ConsentDateFilter.Names.TryFind(name, out var date))
        {
            return new ConsentDateFilter(date, FilterJson.Parse(filter) is var test and (DateFilter or ExistenceFilter)
                ? test
                : throw filter.Required("type").Expected("'date' or 'existence'"));
        }

        return ConsentDetailFilter.Names.TryFind(name, out var detail)
            ? new ConsentDetailFilter(detail, FilterJson.Parse(filter))
            : throw field.Error(
                $"'{name}' is not a field of consents: {methodField}, {ConsentDateFilter.Names.All}, {ConsentDetailFilter.Names.All}");
    }

    private static ConsentMethodFilter ParseMethod(DefinitionNode node)
    {
        node.Allow("field", "method", "filter");
        var detail = node.Optional("filter");
        if (!detail.IsMissing)
        {
            FilterJson.RequireType(detail, "string");
        }

        return new ConsentMethodFilter(node.Required("method").Name(), detail.IsMissing ? null : StringFilterJson.Parse(detail))
        {
            Nothing = Spelling.OfNothing(detail),
        };
    }

    private static void Write(Utf8JsonWriter writer, ConsentFilter filter, string methodField)
    {
        switch (filter)
        {
            case ConsentMethodFilter method:
                writer.WriteString("field", methodField);
                writer.WriteString("method", method.Method);
                WriteDetail(writer, method);
                break;
            case ConsentDateFilter date:
                Write(writer, ConsentDateFilter.Names.NameOf(date.Date), date.Filter);
                break;
            case ConsentDetailFilter detail:
                Write(writer, ConsentDetailFilter.Names.NameOf(detail.Detail), detail.Filter);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(filter), filter, "No JSON for this filter.");
        }
    }

    private static void Write(Utf8JsonWriter writer, string field, ValueFilter filter)
    {
        writer.WriteString("field", field);
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, filter);
    }

    private static void WriteDetail(Utf8JsonWriter writer, ConsentMethodFilter filter)
    {
        if (filter.Detail is null)
        {
            Spelling.WriteNothing(writer, "filter", filter.Nothing);
            return;
        }

        writer.WritePropertyName("filter");
        FilterJson.Write(writer, filter.Detail);
    }
}
