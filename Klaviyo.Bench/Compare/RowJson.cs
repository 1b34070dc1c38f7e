using System.Text;
using System.Text.Json;

namespace Klaviyo.Bench.Compare;

/// <summary>Rows for programs: one JSON object a line.</summary>
internal static class RowJson
{
    internal static string Lines(IReadOnlyList<CompareRow> rows) => string.Concat(rows.Select(r => Line(r) + "\n"));

    private static string Line(CompareRow row)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("work", row.Work);
            json.WriteString("subject", row.Subject);
            json.WriteNumber("events", row.Events);
            WriteNumber(json, "value", row.Value);
            json.WriteString("unit", row.Unit);
            WriteNumber(json, "ratio_to_ours", row.RatioToOurs);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, Math.Round(number, 4));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
