using Klaviyo.Json;

namespace Klaviyo.Storage.Reports;

/// <summary>Makes the answer of what the workers of a report have found.</summary>
internal sealed class ReportAnswer(ReportQuery query, ReportDates dates)
{
    internal ReportResult Of(IReadOnlyList<ReportScan> scans)
    {
        var all = scans[0];
        foreach (var scan in scans.Skip(1))
        {
            Add(all, scan);
        }

        all.Cells.Reserve(all.Groups.Count);
        var (first, end) = Units(all.Cells, all.Groups.Count);
        var profiles = query.Measures.Contains(ReportMeasure.Unique) ? all.Cells.CountProfiles() : [];
        var rows = Enumerable.Range(0, all.Groups.Count)
            .Select(group => new ReportRow(
                ValueList.Create<PropertyValue>(all.Groups[group]),
                ValueList.Of(query.Measures.Select(measure => Numbers(measure, all.Cells, profiles, group, first, end)))));
        return new ReportResult(
            ValueList.Of(Enumerable.Range(first, end - first).Select(unit => dates[unit])),
            ValueList.Of(Ordered(rows).Take(query.Limit)));
    }

    private static void Add(ReportScan all, ReportScan scan)
    {
        var here = new int[scan.Groups.Count];
        for (var group = 0; group < here.Length; group++)
        {
            here[group] = all.Groups.Find(scan.Groups[group]);
        }

        all.Cells.Reserve(all.Groups.Count);
        scan.Cells.Reserve(scan.Groups.Count);
        all.Cells.Add(scan.Cells, here);
    }

    // Where the range is open, empty units before the first event and behind the last are left out.
    private (int First, int End) Units(ReportCells cells, int groups)
    {
        var (first, end) = (0, dates.Count);
        if (query.Interval is null)
        {
            return (first, end);
        }

        while (query.Range.First == Instant.MinValue && first < end && IsEmpty(cells, groups, first))
        {
            first++;
        }

        while (query.Range.Last == Instant.MaxValue && end > first && IsEmpty(cells, groups, end - 1))
        {
            end--;
        }

        return (first, end);
    }

    private bool IsEmpty(ReportCells cells, int groups, int unit)
    {
        for (var group = 0; group < groups; group++)
        {
            if (cells.Counts[(group * dates.Count) + unit] > 0)
            {
                return false;
            }
        }

        return true;
    }

    private ValueList<double> Numbers(
        ReportMeasure measure, ReportCells cells, long[] profiles, int group, int first, int end)
    {
        var numbers = new double[end - first];
        for (var i = 0; i < numbers.Length; i++)
        {
            var cell = (group * dates.Count) + first + i;
            numbers[i] = measure switch
            {
                ReportMeasure.Count => cells.Counts[cell],
                ReportMeasure.Sum => cells.SumOf(cell),
                ReportMeasure.Unique => profiles[cell],
                _ => throw new InvalidOperationException($"Unknown measure {measure}."),
            };
        }

        return ValueList.Create<double>(numbers);
    }

    private IEnumerable<ReportRow> Ordered(IEnumerable<ReportRow> rows)
    {
        var byValues = rows.Order(Comparer<ReportRow>.Create(ByValues));
        if (query.SortBy is null)
        {
            return query.Descending ? byValues.Reverse() : byValues;
        }

        var key = SortKey(query.SortBy);
        return query.Descending
            ? byValues.OrderByDescending(key, PropertyOrder.Instance)
            : byValues.OrderBy(key, PropertyOrder.Instance);
    }

    private Func<ReportRow, PropertyValue> SortKey(string name)
    {
        for (var i = 0; i < query.By.Count; i++)
        {
            if (query.By[i].Text == name)
            {
                var dimension = i;
                return row => row.Dimensions[dimension];
            }
        }

        for (var i = 0; i < query.Measures.Count; i++)
        {
            if (ReportJson.NameOf(query.Measures[i]) == name)
            {
                var measure = i;
                return row => row.Numbers[measure].Sum();
            }
        }

        throw new ArgumentException($"'{name}' is neither a property that the report is split by nor one of its measures.");
    }

    private static int ByValues(ReportRow? left, ReportRow? right)
    {
        for (var i = 0; i < left!.Dimensions.Count; i++)
        {
            var order = PropertyOrder.Instance.Compare(left.Dimensions[i], right!.Dimensions[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
