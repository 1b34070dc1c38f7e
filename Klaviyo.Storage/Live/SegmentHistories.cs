namespace Klaviyo.Storage.Live;

/// <summary>Turns changes by the hour into numbers of members at the ends of hours or days.</summary>
internal static class SegmentHistories
{
    internal static List<SegmentCount> Of(
        SortedDictionary<int, long> changes, Instant from, Instant to, TimeUnit unit, AccountZone zone)
    {
        var counts = new List<SegmentCount>();
        var members = 0L;
        using var change = changes.GetEnumerator();
        var more = change.MoveNext();
        for (var range = RangeOf(unit, from, zone); range.First <= to; range = RangeOf(unit, range.Last.PlusMs(1), zone))
        {
            while (more && change.Current.Key * HourlyCounts.HourMs <= range.Last.UnixMs)
            {
                members += change.Current.Value;
                more = change.MoveNext();
            }

            counts.Add(new SegmentCount(range.First, members));
        }

        return counts;
    }

    private static TimeRange RangeOf(TimeUnit unit, Instant at, AccountZone zone)
    {
        if (unit == TimeUnit.Day)
        {
            return zone.UnitOf(unit, at, 0);
        }

        var start = AccountZone.Utc.StartOf(TimeUnit.Hour, at);
        return new TimeRange(start, start.PlusMs(HourlyCounts.HourMs - 1));
    }
}
