namespace Klaviyo.Storage.Live;

/// <summary>By how much the number of members of a segment changed, hour by hour.</summary>
/// <remarks>Only hours in which it changed are kept: twelve bytes each.</remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class HourlyCounts
{
    internal const long HourMs = 3_600_000;

    private readonly List<(int Hour, int Change)> _hours = [];

    /// <summary>Gets the hours since 1970 in order, and by how much more members there were at the end of each.</summary>
    internal IReadOnlyList<(int Hour, int Change)> Hours => _hours;

    internal void Add(long atMs, int change)
    {
        if (change == 0)
        {
            return;
        }

        var hour = (int)Math.Floor(atMs / (double)HourMs);

        // Nearly always the last hour; a lane that catches up may still add to the one before.
        var place = _hours.Count;
        while (place > 0 && _hours[place - 1].Hour > hour)
        {
            place--;
        }

        if (place > 0 && _hours[place - 1].Hour == hour)
        {
            _hours[place - 1] = (hour, _hours[place - 1].Change + change);
        }
        else
        {
            _hours.Insert(place, (hour, change));
        }
    }

    internal void Restore(int hour, int change) => _hours.Add((hour, change));
}
