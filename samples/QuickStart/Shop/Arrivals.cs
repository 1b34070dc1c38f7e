using Klaviyo;

namespace QuickStart.Shop;

/// <summary>Writes on their way to the store, kept by the day on which they arrive.</summary>
internal sealed class Arrivals
{
    private const long MsPerDay = 86_400_000;

    private readonly Instant _start;
    private readonly List<(long Order, CustomerWrite Write)>[] _days;

    internal Arrivals(Instant start, int days)
    {
        _start = start;
        _days = new List<(long, CustomerWrite)>[days];
        for (var day = 0; day < days; day++)
        {
            _days[day] = [];
        }
    }

    internal void Add(CustomerWrite write, Instant arrival)
    {
        var ms = Math.Max(0, arrival.UnixMs - _start.UnixMs);
        var bucket = _days[Math.Min(ms / MsPerDay, _days.Length - 1)];

        // What arrives in the same millisecond keeps the order in which it was sent.
        bucket.Add(((ms << 24) + bucket.Count, write));
    }

    /// <summary>Hands out what arrived on a day, in order, and forgets it.</summary>
    internal List<(long Order, CustomerWrite Write)> TakeDay(int day)
    {
        var arrived = _days[day];
        arrived.Sort(static (left, right) => left.Order.CompareTo(right.Order));
        _days[day] = [];
        return arrived;
    }
}
