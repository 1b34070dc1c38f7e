using Klaviyo;

namespace QuickStart.Shop;

/// <summary>A year of an online shop, made up but always the same: who came, looked, filled a cart, bought.</summary>
/// <remarks>
/// The year ends at <see cref="End"/>, so that the tour prints the same numbers on every machine. Writes come in the
/// order in which they arrive at the store, which is not quite that in which they happened: phones send late.
/// </remarks>
internal sealed class ShopSimulator
{
    private const int Days = 365;
    private const int PeoplePerThousandEvents = 50;

    private readonly Dice _dice = new(2026);
    private readonly Customer[] _customers;
    private readonly double[] _visitsUpTo;
    private readonly long[] _eventsUpTo;
    private readonly Arrivals _arrivals = new(Start, Days);
    private long _sent;

    /// <param name="events">How many events the year has.</param>
    internal ShopSimulator(long events)
    {
        Events = events;
        _customers = MakeCustomers((int)Math.Max(20, events * PeoplePerThousandEvents / 1000));
        _visitsUpTo = RunningTotal(_customers.Select(c => c.Visits));
        _eventsUpTo = SpreadOverDays(events);
    }

    internal static Instant End { get; } = Instant.Parse("2026-11-01T00:00:00Z");

    internal static Instant Start { get; } = End.Plus(TimeSpan.FromDays(-Days));

    internal long Events { get; }

    internal int People => _customers.Length;

    /// <summary>Gets the customer who comes most often.</summary>
    internal Customer Regular => _customers.MaxBy(c => c.Visits)!;

    /// <summary>Everything that the store is told, in the order of arrival. Can be enumerated once.</summary>
    internal IEnumerable<CustomerWrite> Writes()
    {
        var joined = 0;
        for (var day = 0; day < Days; day++)
        {
            joined = RegisterUntil(day + 1, joined);
            var visit = new Visit(_dice, Send, Start.Plus(TimeSpan.FromDays(day)));
            while (_sent < _eventsUpTo[day])
            {
                visit.Happen(OneWhoComes(joined));
            }

            foreach (var (_, write) in _arrivals.TakeDay(day))
            {
                yield return write;
            }
        }
    }

    // An event that would happen after the year is none; so is one beyond the number that was asked for.
    private void Send(CustomerEvent sent, Instant arrival)
    {
        if (_sent < Events && sent.Time < End)
        {
            _arrivals.Add(sent, arrival < End ? arrival : End.PlusMs(-1));
            _sent++;
        }
    }

    private int RegisterUntil(int day, int joined)
    {
        var midnight = Start.Plus(TimeSpan.FromDays(day));
        for (; joined < _customers.Length && _customers[joined].Joined < midnight; joined++)
        {
            foreach (var write in _customers[joined].Registration(_dice))
            {
                _arrivals.Add(write, _customers[joined].Joined);
            }
        }

        return joined;
    }

    private Customer OneWhoComes(int joined)
    {
        var ticket = _dice.Next() * _visitsUpTo[joined - 1];
        var found = Array.BinarySearch(_visitsUpTo, 0, joined, ticket);
        return _customers[found >= 0 ? found : ~found];
    }

    // Two thirds were customers before the year began; the others join in the course of it.
    private Customer[] MakeCustomers(int count)
    {
        var early = count * 2 / 3;
        var stepMs = (End.UnixMs - Start.UnixMs) / (count - early + 1);
        var customers = new Customer[count];
        for (var i = 0; i < count; i++)
        {
            customers[i] = new Customer(i, Start.PlusMs(Math.Max(0, i - early) * stepMs), _dice);
        }

        return customers;
    }

    private static long[] SpreadOverDays(long events)
    {
        var traffic = RunningTotal(Enumerable.Range(0, Days)
            .Select(day => Season.Traffic(Start.Plus(TimeSpan.FromDays(day)), day / (double)Days)));
        return Array.ConvertAll(traffic, upTo => (long)Math.Round(events * upTo / traffic[^1]));
    }

    private static double[] RunningTotal(IEnumerable<double> items)
    {
        var total = 0.0;
        return [.. items.Select(item => total += item)];
    }
}
