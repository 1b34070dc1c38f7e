using System.Globalization;

namespace Klaviyo.Bench.Compare;

/// <summary>Rows for people.</summary>
internal static class RowTable
{
    internal static void Print(IReadOnlyList<CompareRow> rows, TextWriter output)
    {
        output.WriteLine(Text("work", "subject", "events", "value", "unit", "x ours", ""));
        var work = "";
        foreach (var row in rows)
        {
            if (row.Work != work)
            {
                output.WriteLine();
                work = row.Work;
            }

            output.WriteLine(Line(row));
        }
    }

    internal static string Line(CompareRow row) => Text(
        row.Work,
        row.Subject,
        row.Events.ToString("N0", CultureInfo.InvariantCulture),
        Number(row.Value),
        row.Unit,
        Number(row.RatioToOurs),
        row.Note);

    /// <summary>Writes a number in three digits or more; a dash where there is none.</summary>
    internal static string Number(double? number) => number is { } value
        ? value.ToString(Math.Abs(value) < 100 ? "N2" : "N0", CultureInfo.InvariantCulture)
        : "-";

    private static string Text(
        string work, string subject, string events, string value, string unit, string ratio, string note) =>
        $"{work,-22} {subject,-14} {events,12} {value,12} {unit,-12} {ratio,9}  {note}".TrimEnd();
}
