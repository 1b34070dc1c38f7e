using System.Globalization;
using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>The segments and reports in SQL.</summary>
internal static class SegmentSql
{
    // Between two cents, so that no sum can be equal to it.
    internal const double Spent = 500.005;

    private static readonly string Orders = $"metric = {SampleEvents.PlacedOrder}";

    internal static string Of(SegmentKind kind)
    {
        return kind switch
        {
            SegmentKind.FrequentBuyers => $"""
                SELECT count(*) FROM (SELECT profile FROM events WHERE {Orders} AND {Last(30)}
                GROUP BY profile HAVING count(*) >= 3) AS members
                """,
            SegmentKind.Browsers => $"""
                SELECT count(*) FROM (
                    SELECT DISTINCT profile FROM events WHERE metric = {SampleEvents.ViewedProduct} AND {Last(7)}) AS v
                WHERE NOT EXISTS (SELECT 1 FROM events WHERE profile = v.profile AND {Orders} AND {Last(30)})
                """,
            _ => $"""
                SELECT count(*) FROM (SELECT profile FROM events
                WHERE {Orders} AND city = '{SampleEvents.Paris}' AND {UntilT}
                GROUP BY profile HAVING sum(value) > {Spent.ToString(CultureInfo.InvariantCulture)}) AS members
                """,
        };
    }

    /// <summary>Gets a report: a text key, the count, the sum.</summary>
    /// <param name="key">The key as an expression of the dialect.</param>
    internal static string Report(string key) =>
        $"SELECT {key} AS k, count(*), sum(value) FROM events WHERE {Orders} AND {UntilT} GROUP BY k";

    private static string UntilT => $"time <= {SampleEvents.AsOfMs}";

    private static string Last(int days) =>
        $"time BETWEEN {SampleEvents.AsOfMs - (days * 24L * 3600 * 1000) + 1} AND {SampleEvents.AsOfMs}";
}
