using System.Globalization;

namespace Klaviyo.Storage.Reports;

/// <summary>The calendar units of a report, and to which of them an instant belongs.</summary>
/// <remarks>
/// A table with a slot for every stretch that is shorter than the shortest unit: in a slot at most one unit begins, so two
/// look-ups and a comparison find the unit of an instant, whatever the zone does with its clock.
/// </remarks>
internal sealed class ReportDates
{
    internal const int None = -1;
    private const int UnitsMax = 1 << 20;
    private const int SlotsMax = 1 << 22;

    private readonly List<long> _starts = [];
    private readonly int[] _slots;
    private readonly long _firstMs;
    private readonly long _untilMs;
    private readonly long _lastMs;
    private readonly int _shift;

    /// <summary>Initializes the units that meet [<paramref name="firstMs"/>, <paramref name="untilMs"/>].</summary>
    /// <param name="firstMs">The first instant that counts.</param>
    /// <param name="untilMs">The last instant of which there is a unit.</param>
    /// <param name="lastMs">The last instant that counts: not later than T.</param>
    /// <param name="unit">The unit; null for one that is the whole range.</param>
    /// <param name="zone">Whose calendar it is.</param>
    /// <exception cref="ArgumentException">There would be more than a million.</exception>
    internal ReportDates(long firstMs, long untilMs, long lastMs, TimeUnit? unit, AccountZone zone)
    {
        (_firstMs, _untilMs, _lastMs) = (firstMs, untilMs, lastMs);
        AddStarts(unit, zone);
        (_shift, _slots) = Slots();
    }

    internal int Count => _starts.Count;

    internal Instant this[int unit] => Instant.FromUnixMs(_starts[unit]);

    /// <summary>Finds the unit of each instant; <see cref="None"/> for those outside of the range.</summary>
    internal void Find(ReadOnlySpan<long> timesMs, Span<int> units)
    {
        unchecked
        {
            for (var row = 0; row < timesMs.Length; row++)
            {
                var time = timesMs[row];
                units[row] = time < _firstMs || time > _lastMs ? None : UnitOf(time);
            }
        }
    }

    private int UnitOf(long timeMs)
    {
        unchecked
        {
            var unit = _slots[(timeMs - _firstMs) >> _shift];
            while (unit + 1 < _starts.Count && timeMs >= _starts[unit + 1])
            {
                unit++;
            }

            return unit;
        }
    }

    private void AddStarts(TimeUnit? unit, AccountZone zone)
    {
        if (unit is null)
        {
            _starts.Add(_firstMs);
            return;
        }

        for (var start = zone.StartOf(unit.Value, Instant.FromUnixMs(_firstMs)); start.UnixMs <= _untilMs;)
        {
            if (_starts.Count == UnitsMax)
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The range has more than {UnitsMax:N0} units: give a shorter one, or a longer interval."));
            }

            _starts.Add(start.UnixMs);
            var next = Next(start, unit.Value, zone);
            if (next <= start)
            {
                return;
            }

            start = next;
        }
    }

    // A day may have 23 hours, a month 28 days: the next unit is the calendar's, not so many milliseconds later.
    private static Instant Next(Instant start, TimeUnit unit, AccountZone zone)
    {
        return unit is TimeUnit.Day or TimeUnit.Week or TimeUnit.Month or TimeUnit.Year
            ? zone.UnitOf(unit, start, 1).First
            : zone.StartOf(unit, zone.Plus(start, 1, unit));
    }

    private (int Shift, int[] Slots) Slots()
    {
        if (_lastMs < _firstMs || _starts.Count == 1)
        {
            return (62, [0]);
        }

        var (shift, shortest) = (0, ShortestMs());
        while ((_lastMs - _firstMs) >> shift >= SlotsMax || 2L << shift < shortest)
        {
            shift++;
        }

        var slots = new int[(int)((_lastMs - _firstMs) >> shift) + 1];
        var unit = 0;
        for (var slot = 0; slot < slots.Length; slot++)
        {
            while (unit + 1 < _starts.Count && _starts[unit + 1] <= _firstMs + ((long)slot << shift))
            {
                unit++;
            }

            slots[slot] = unit;
        }

        return (shift, slots);
    }

    private long ShortestMs()
    {
        var shortest = long.MaxValue;
        for (var unit = 0; unit + 1 < _starts.Count; unit++)
        {
            shortest = Math.Min(shortest, _starts[unit + 1] - _starts[unit]);
        }

        return shortest;
    }
}
