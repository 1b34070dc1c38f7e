using System.Runtime.InteropServices;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Live;

/// <summary>The atoms that count or add up one metric's events of the last so many days, or of all time: one walk answers all.</summary>
/// <remarks>
/// The events of a profile and metric are in the order of time, so each window is the end of one list: its count is a
/// difference of places, and when the count next passes its test is the time at which one of the first events leaves.
/// </remarks>
/// <threadsafety>Immutable once the plan is made. What it walks over is the caller's.</threadsafety>
internal sealed class MetricWindows(string metric, int words)
{
    // So long that its beginning lies before everything.
    private const long Always = long.MaxValue;
    private const long WindowMsMax = 100L * 366 * 86_400_000;

    // The shortest first.
    private readonly List<Window> _windows = [];

    /// <summary>Gets the atoms.</summary>
    internal ulong[] Atoms { get; } = new ulong[words];

    /// <summary>Takes an atom that is of this kind.</summary>
    internal static bool TryAdd(Dictionary<string, MetricWindows> metrics, int atom, Condition condition, AccountZone zone, int words)
    {
        if (condition is not ProfileMetricCondition { Where.Count: 0, Measure: { Property: null, Kind: MeasureKind.Count or MeasureKind.Sum } } metric
            || LengthOf(metric.Window, zone) is not { } length)
        {
            return false;
        }

        if (!metrics.TryGetValue(metric.Metric, out var windows))
        {
            metrics[metric.Metric] = windows = new MetricWindows(metric.Metric, words);
        }

        Mask.Set(windows.Atoms, atom);
        windows._windows.Add(new Window(atom, length, metric.Measure.Kind == MeasureKind.Sum, metric.Amount));
        windows._windows.Sort(static (a, b) => a.Length.CompareTo(b.Length));
        return true;
    }

    /// <summary>Answers those of the atoms that are asked for.</summary>
    /// <param name="asked">The atoms that are asked for, of any kind.</param>
    /// <param name="answers">Receives the answers.</param>
    /// <param name="history">The profile.</param>
    /// <param name="at">T.</param>
    /// <param name="events">Memory for its events.</param>
    /// <returns>The next instant at which one of them may be different; <see cref="ProfileDues.Never"/> for none.</returns>
    internal long Answer(ReadOnlySpan<ulong> asked, Span<ulong> answers, LaneHistory history, long at, EventColumns events)
    {
        history.ReadColumns(metric, events);
        var times = events.Times;
        var end = times.Length;
        while (end > 0 && times[end - 1] > at)
        {
            end--;
        }

        // One that is still to come enters every window then.
        var next = end < events.Count ? times[end] : ProfileDues.Never;
        times = times[..end];
        var start = end;
        var (sum, summedFrom) = (0.0, -1);
        foreach (ref readonly var window in CollectionsMarshal.AsSpan(_windows))
        {
            if (!Mask.Has(asked, window.Atom))
            {
                continue;
            }

            var first = window.Length == Always ? long.MinValue : at - window.Length;
            while (start > 0 && times[start - 1] > first)
            {
                start--;
            }

            bool holds;
            if (window.IsSum)
            {
                (sum, summedFrom) = start == summedFrom ? (sum, start) : (Sum(events.Values[start..end]), start);
                holds = window.Amount.Matches(sum);
                next = window.Length != Always && start < end ? Math.Min(next, times[start] + window.Length) : next;
            }
            else
            {
                holds = window.Amount.Matches(end - start);
                next = window.Length != Always && window.FlipsAt(times[start..], holds) is var flip && flip >= 0
                    ? Math.Min(next, times[start + flip] + window.Length)
                    : next;
            }

            var bit = 1UL << (window.Atom % Mask.Bits);
            ref var word = ref answers[window.Atom / Mask.Bits];
            word = holds ? word | bit : word & ~bit;
        }

        return next;
    }

    /// <summary>Whether an event of the metric is still to come.</summary>
    internal bool HasEventAfter(LaneHistory history, long at, EventColumns events)
    {
        history.ReadColumns(metric, events);
        return events.Count > 0 && events.Times[^1] > at;
    }

    private static long? LengthOf(DateFilter window, AccountZone zone)
    {
        if (window is AlltimeDateFilter)
        {
            return Always;
        }

        if (window is not RelativeDateFilter { Operator: RelativeDateOperator.InTheLast } last || last.Unit is TimeUnit.Month or TimeUnit.Year)
        {
            return null;
        }

        var epoch = Instant.FromUnixMs(0);
        var length = epoch.UnixMs - zone.Plus(epoch, -last.Quantity, last.Unit).UnixMs;
        return length < WindowMsMax ? length : null;
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        var sum = new RunningSummary();
        foreach (var value in values)
        {
            sum.Add(value);
        }

        return sum.Summary.Sum;
    }

    private readonly record struct Window(int Atom, long Length, bool IsSum, NumberFilter Amount)
    {
        // Where the test is true of all counts from one on, or up to one, the place follows from the count alone.
        private readonly int _least = Amount.Operator switch
        {
            NumberOperator.GreaterThanOrEqualTo when Amount.Value is > 0 and < int.MaxValue => (int)Math.Ceiling(Amount.Value),
            NumberOperator.GreaterThan when Amount.Value is >= 0 and < int.MaxValue => (int)Math.Floor(Amount.Value) + 1,
            _ => -1,
        };

        private readonly int _most = Amount.Operator switch
        {
            NumberOperator.EqualTo when Amount.Value == 0 => 0,
            NumberOperator.LessThanOrEqualTo when Amount.Value is >= 0 and < int.MaxValue => (int)Math.Floor(Amount.Value),
            NumberOperator.LessThan when Amount.Value is > 0 and < int.MaxValue => (int)Math.Ceiling(Amount.Value) - 1,
            _ => -1,
        };

        /// <summary>Gets which event's leaving changes the answer; -1 for none.</summary>
        /// <param name="times">The events in the window, by time.</param>
        /// <param name="holds">The answer with all of them.</param>
        internal int FlipsAt(ReadOnlySpan<long> times, bool holds)
        {
            if (_least > 0)
            {
                return holds ? times.Length - _least : -1;
            }

            if (_most >= 0)
            {
                return holds ? -1 : times.Length - _most - 1;
            }

            // Events of one millisecond leave together.
            for (var left = 0; left < times.Length;)
            {
                var time = times[left];
                while (left < times.Length && times[left] == time)
                {
                    left++;
                }

                if (Amount.Matches(times.Length - left) != holds)
                {
                    return left - 1;
                }
            }

            return -1;
        }
    }
}
