namespace Klaviyo;

// The arithmetic of measures. It is written twice: values of events stand in the rows and are summed where they stand,
// values of properties are looked up first.
internal static class Measurement
{
    internal static PropertyValue OfValues(MeasureKind kind, ReadOnlySpan<EventRow> rows)
    {
        return kind switch
        {
            MeasureKind.Count => rows.Length,
            MeasureKind.Sum => Sum(rows, out _),
            MeasureKind.Average => Sum(rows, out var count) / count is var mean && count > 0 ? mean : PropertyValue.Null,
            MeasureKind.Min => Extreme(rows, Math.Min),
            MeasureKind.Max => Extreme(rows, Math.Max),
            MeasureKind.First => First(rows),
            MeasureKind.Last => Last(rows),
            MeasureKind.Distinct => Distinct(rows),
            _ => throw new InvalidOperationException($"Unknown measure {kind}."),
        };
    }

    internal static PropertyValue Of(MeasureKind kind, PropertyValue[] values)
    {
        return kind switch
        {
            MeasureKind.Count => values.Count(v => !v.IsNull),
            MeasureKind.First => values.FirstOrDefault(v => !v.IsNull),
            MeasureKind.Last => values.LastOrDefault(v => !v.IsNull),
            MeasureKind.Distinct => values.Where(v => !v.IsNull).Distinct().Count(),
            _ => OfValues(kind, Array.ConvertAll(values, AsRow)),
        };
    }

    private static EventRow AsRow(PropertyValue value) =>
        new(default, value.Kind == PropertyKind.Number ? value.AsNumber() : double.NaN, default);

    private static double Sum(ReadOnlySpan<EventRow> rows, out int count)
    {
        var sum = default(CompensatedSum);
        count = 0;
        foreach (ref readonly var row in rows)
        {
            if (!double.IsNaN(row.Value))
            {
                sum.Add(row.Value);
                count++;
            }
        }

        return sum.Value;
    }

    private static PropertyValue Extreme(ReadOnlySpan<EventRow> rows, Func<double, double, double> better)
    {
        var best = double.NaN;
        foreach (ref readonly var row in rows)
        {
            if (!double.IsNaN(row.Value))
            {
                best = double.IsNaN(best) ? row.Value : better(best, row.Value);
            }
        }

        return OrNull(best);
    }

    private static PropertyValue First(ReadOnlySpan<EventRow> rows)
    {
        foreach (ref readonly var row in rows)
        {
            if (!double.IsNaN(row.Value))
            {
                return row.Value;
            }
        }

        return default;
    }

    private static PropertyValue Last(ReadOnlySpan<EventRow> rows)
    {
        for (var i = rows.Length - 1; i >= 0; i--)
        {
            if (!double.IsNaN(rows[i].Value))
            {
                return rows[i].Value;
            }
        }

        return default;
    }

    private static int Distinct(ReadOnlySpan<EventRow> rows)
    {
        var seen = new HashSet<double>();
        foreach (ref readonly var row in rows)
        {
            if (!double.IsNaN(row.Value))
            {
                seen.Add(row.Value);
            }
        }

        return seen.Count;
    }

    private static PropertyValue OrNull(double value) => double.IsNaN(value) ? default : PropertyValue.FromNumber(value);
}
