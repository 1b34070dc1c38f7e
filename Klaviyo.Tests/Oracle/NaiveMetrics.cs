using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Oracle;

// The contract once more, as LINQ over lists, in UTC: written from semantics.md, not from the code that it judges.
internal static class NaiveMetrics
{
    internal static bool InWindow(DateFilter window, Instant time, Instant at)
    {
        var (t, now) = (time.ToDateTimeOffset(), at.ToDateTimeOffset());
        return window switch
        {
            RelativeDateFilter { Operator: RelativeDateOperator.InTheLast } f => t > Move(now, -f.Quantity, f.Unit) && t <= now,
            RelativeDateFilter { Operator: RelativeDateOperator.InTheNext } f => t > now && t <= Move(now, f.Quantity, f.Unit),
            RelativeDateFilter f => t <= Move(now, -f.Quantity, f.Unit),
            RelativeDateRangeFilter f => t > Move(now, -Math.Max(f.Start, f.End), f.Unit)
                && t <= Move(now, -Math.Min(f.Start, f.End), f.Unit),
            StaticDateFilter f => f.IsAfter ? time > f.Date : time < f.Date,
            StaticDateRangeFilter f => time >= f.Start && time < f.End,
            AlltimeDateFilter => t <= now,
            CalendarUnitDateFilter f => UnitStart(t, f.Unit) == UnitStart(f.IsLast ? UnitStart(now, f.Unit).AddTicks(-1) : now, f.Unit),
            AnniversaryDateFilter { WholeMonth: true } => t.Month == now.Month,
            AnniversaryDateFilter => Anniversary(t, now.Year).Date == now.Date,
            RelativeAnniversaryDateFilter { IsNext: true } f => Anniversaries(t).Any(a => a > now && a <= Move(now, f.Quantity, f.Unit)),
            RelativeAnniversaryDateFilter f => Anniversaries(t).Any(a => a > Move(now, -f.Quantity, f.Unit) && a <= now),
            _ => throw new NotSupportedException(window.ToString()),
        };
    }

    internal static List<(EventRow Row, PropertyMap Properties)> Events(
        ListHistory history, string metric, DateFilter window, IEnumerable<PropertyFilter> where, Instant at)
    {
        return history.AllEvents
            .Where(e => e.Metric == metric && e.Row.Time <= at && InWindow(window, e.Row.Time, at))
            .Where(e => where.All(w => Passes(w, e.Row, e.Properties, at)))
            .OrderBy(e => e.Row.Time).ThenBy(e => e.Row.Id.Value)
            .Select(e => (e.Row, e.Properties))
            .ToList();
    }

    internal static PropertyValue Measured(Measure measure, List<(EventRow Row, PropertyMap Properties)> events)
    {
        var values = events.Select(e => Value(measure.Property?.Text ?? "$value", e.Row, e.Properties)).Where(v => !v.IsNull).ToList();
        var numbers = values.Where(v => v.Kind == PropertyKind.Number).Select(v => (decimal)v.AsNumber());
        return measure.Kind switch
        {
            MeasureKind.Count => measure.Property is null ? events.Count : values.Count,
            MeasureKind.Sum => (double)numbers.Sum(),
            MeasureKind.Min => !numbers.Any() ? PropertyValue.Null : (double)numbers.Min(),
            MeasureKind.Max => !numbers.Any() ? PropertyValue.Null : (double)numbers.Max(),
            MeasureKind.Average => !numbers.Any() ? PropertyValue.Null : (double)numbers.Sum() / numbers.Count(),
            MeasureKind.First => values.FirstOrDefault(),
            MeasureKind.Last => values.LastOrDefault(),
            MeasureKind.Distinct => values.Distinct().Count(),
            _ => throw new NotSupportedException(measure.ToString()),
        };
    }

    internal static bool Passes(NumberFilter amount, PropertyValue measured)
    {
        if (measured.Kind != PropertyKind.Number)
        {
            return amount.Operator == NumberOperator.NotEqualTo;
        }

        var order = measured.AsNumber().CompareTo(amount.Value);
        return amount.Operator switch
        {
            NumberOperator.EqualTo => order == 0,
            NumberOperator.NotEqualTo => order != 0,
            NumberOperator.GreaterThan => order > 0,
            NumberOperator.GreaterThanOrEqualTo => order >= 0,
            NumberOperator.LessThan => order < 0,
            NumberOperator.LessThanOrEqualTo => order <= 0,
            _ => throw new NotSupportedException(amount.ToString()),
        };
    }

    private static bool Passes(PropertyFilter where, EventRow row, PropertyMap properties, Instant at)
    {
        var value = Value(where.Property.Text, row, properties);
        return where.Filter switch
        {
            null => true,
            StringFilter f => value == f.Values[0],
            NumberFilter f => value.Kind == PropertyKind.Number && value.AsNumber() > f.Value,
            DateFilter f => value.Kind == PropertyKind.Instant && InWindow(f, value.AsInstant(), at),
            var other => throw new NotSupportedException(other.ToString()),
        };
    }

    private static PropertyValue Value(string name, EventRow row, PropertyMap properties) =>
        name != "$value" ? properties[name] : double.IsNaN(row.Value) ? PropertyValue.Null : row.Value;

    private static DateTimeOffset Move(DateTimeOffset at, int quantity, TimeUnit unit)
    {
        return unit switch
        {
            TimeUnit.Second => at.AddSeconds(quantity),
            TimeUnit.Minute => at.AddMinutes(quantity),
            TimeUnit.Hour => at.AddHours(quantity),
            TimeUnit.Day => at.AddDays(quantity),
            TimeUnit.Week => at.AddDays(7 * quantity),
            TimeUnit.Month => at.AddMonths(quantity),
            _ => at.AddYears(quantity),
        };
    }

    private static DateTimeOffset UnitStart(DateTimeOffset at, TimeUnit unit)
    {
        var day = new DateTimeOffset(at.Date, TimeSpan.Zero);
        while (!(unit switch
        {
            TimeUnit.Day => true,
            TimeUnit.Week => day.DayOfWeek == DayOfWeek.Monday,
            TimeUnit.Month => day.Day == 1,
            _ => day.DayOfYear == 1,
        }))
        {
            day = day.AddDays(-1);
        }

        return day;
    }

    private static IEnumerable<DateTimeOffset> Anniversaries(DateTimeOffset date) =>
        Enumerable.Range(2000, 60).Select(year => Anniversary(date, year));

    private static DateTimeOffset Anniversary(DateTimeOffset date, int year)
    {
        var day = date.Month == 2 && date.Day == 29 && !DateTime.IsLeapYear(year) ? 28 : date.Day;
        return new DateTimeOffset(year, date.Month, day, 0, 0, 0, TimeSpan.Zero) + date.TimeOfDay;
    }
}
