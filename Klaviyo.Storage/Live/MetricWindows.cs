using System.Runtime.InteropServices;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Live;

/// <summary>The atoms that count or add up one metric's events of the last so many days, or of all time: its rows are found once.</summary>
/// <remarks>
/// The events of a profile and metric are in the order of time, so each window is the end of one list: whether there are so many
/// in it is told by the time of the one that many from the end, and the answer next changes when that one leaves.
/// </remarks>
/// <threadsafety>Immutable once the plan is made. What it walks over is the caller's.</threadsafety>
internal sealed class MetricWindows(string metric, int words)
{
    // So long that its beginning lies before everything.
    private const long Always = long.MaxValue;
    private const long Never = ProfileDues.Never;
    private const long WindowMsMax = 100L * 366 * 86_400_000;

    // The shortest first, and from each on the atoms of this and longer ones.
    private readonly List<Window> _windows = [];
    private readonly List<ulong[]> _atomsFrom = [];

    // Those that add up values.
    private readonly ulong[] _sums = new ulong[words];

    // Those that one more event does not change while they hold, and while they do not: where they add up, if it is no less then.
    private readonly ulong[] _staysTrue = new ulong[words];
    private readonly ulong[] _staysFalse = new ulong[words];

    /// <summary>Gets the metric.</summary>
    internal string Metric => metric;

    /// <summary>Gets the atoms.</summary>
    internal ulong[] Atoms { get; } = new ulong[words];

    /// <summary>Takes an atom that is of this kind.</summary>
    /// <returns>Where it is; null if it is of another kind.</returns>
    internal static MetricWindows? TryAdd(Dictionary<string, MetricWindows> metrics, int atom, Condition condition, AccountZone zone, int words)
    {
        if (condition is not ProfileMetricCondition { Where.Count: 0, Measure: { Property: null, Kind: MeasureKind.Count or MeasureKind.Sum } } metric
            || LengthOf(metric.Window, zone) is not { } length)
        {
            return null;
        }

        if (!metrics.TryGetValue(metric.Metric, out var windows))
        {
            metrics[metric.Metric] = windows = new MetricWindows(metric.Metric, words);
        }

        windows.Add(new Window(atom, length, metric.Measure.Kind == MeasureKind.Sum, new AmountTest(metric.Amount)));
        return windows;
    }

    /// <summary>Adds the atoms that one more event can change to a set.</summary>
    /// <param name="touched">The set.</param>
    /// <param name="answers">What they were before.</param>
    /// <param name="ageMs">How long before T it happened, at least.</param>
    /// <param name="growth">What it does to a sum.</param>
    internal void AddTouched(Span<ulong> touched, ReadOnlySpan<ulong> answers, long ageMs, SumGrowth growth)
    {
        // Windows that begin behind it do not see it.
        var from = 0;
        while (_windows[from].Length <= ageMs)
        {
            if (++from == _windows.Count)
            {
                return;
            }
        }

        var atoms = _atomsFrom[from];
        for (var word = 0; word < atoms.Length; word++)
        {
            var stays = (answers[word] & _staysTrue[word]) | (~answers[word] & _staysFalse[word]);
            touched[word] |= growth switch
            {
                SumGrowth.None => atoms[word] & ~stays & ~_sums[word],
                SumGrowth.Up => atoms[word] & ~stays,
                _ => atoms[word] & ~(stays & ~_sums[word]),
            };
        }
    }

    /// <summary>Answers those of the atoms that are asked for.</summary>
    /// <param name="asked">The atoms that are asked for, of any kind.</param>
    /// <param name="answers">Receives the answers.</param>
    /// <param name="history">The profile.</param>
    /// <param name="at">T.</param>
    /// <param name="events">Memory for its events.</param>
    /// <returns>The next instant at which one of them may be different; <see cref="ProfileDues.Never"/> for none.</returns>
    internal long Answer(ReadOnlySpan<ulong> asked, Span<ulong> answers, LaneHistory history, long at, MetricEvents events)
    {
        history.Find(metric, events, withValues: Mask.Meet(asked, _sums));
        var end = events.Count;
        while (end > 0 && events.TimeMs(end - 1) > at)
        {
            end--;
        }

        // One that is still to come enters every window then.
        var next = end < events.Count ? events.TimeMs(end) : Never;
        var start = end;
        var (sum, summedFrom) = (0.0, -1);
        foreach (ref readonly var window in CollectionsMarshal.AsSpan(_windows))
        {
            if (!Mask.Has(asked, window.Atom))
            {
                continue;
            }

            bool holds;
            var first = window.Length == Always ? long.MinValue : at - window.Length;
            if (window.IsSum)
            {
                start = window.Length == Always ? 0 : StartOf(events, start, first);
                (sum, summedFrom) = start == summedFrom ? (sum, start) : (Sum(events.Values[start..end]), start);
                holds = window.Amount.Holds(sum);
                next = window.Length != Always && start < end ? Math.Min(next, events.TimeMs(start) + window.Length) : next;
            }
            else
            {
                holds = window.HoldsForCount(events, end, first, ref next);
            }

            var bit = 1UL << (window.Atom % Mask.Bits);
            ref var word = ref answers[window.Atom / Mask.Bits];
            word = holds ? word | bit : word & ~bit;
        }

        return next;
    }

    /// <summary>Whether an event of the metric is still to come.</summary>
    internal bool HasEventAfter(LaneHistory history, long at, MetricEvents events)
    {
        history.Find(metric, events, withValues: false);
        return events.Count > 0 && events.TimeMs(events.Count - 1) > at;
    }

    private void Add(in Window window)
    {
        Mask.Set(Atoms, window.Atom);
        MarkIf(window.IsSum, _sums, window.Atom);
        MarkIf(window.Amount.StaysTrue(!window.IsSum), _staysTrue, window.Atom);
        MarkIf(window.Amount.StaysFalse(!window.IsSum), _staysFalse, window.Atom);
        _windows.Add(window);
        _windows.Sort(static (a, b) => a.Length.CompareTo(b.Length));
        _atomsFrom.Add([]);
        var from = new ulong[words];
        for (var i = _windows.Count - 1; i >= 0; i--)
        {
            Mask.Set(from, _windows[i].Atom);
            _atomsFrom[i] = [.. from];
        }
    }

    private static void MarkIf(bool condition, ulong[] mask, int atom)
    {
        if (condition)
        {
            Mask.Set(mask, atom);
        }
    }

    private static int StartOf(MetricEvents events, int start, long first)
    {
        while (start > 0 && events.TimeMs(start - 1) > first)
        {
            start--;
        }

        return start;
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
        var sum = new CompensatedSum();
        foreach (var value in values)
        {
            if (!double.IsNaN(value))
            {
                sum.Add(value);
            }
        }

        return sum.Value;
    }

    private readonly record struct Window(int Atom, long Length, bool IsSum, AmountTest Amount)
    {
        /// <summary>Tells whether it holds for a number of events: two of them tell, wherever the window begins.</summary>
        /// <param name="events">The events.</param>
        /// <param name="end">How many of them there are up to T.</param>
        /// <param name="first">Behind which instant the window begins.</param>
        /// <param name="next">Receives when it next may be different, if that is earlier: the leaving of one of the two.</param>
        internal bool HoldsForCount(MetricEvents events, int end, long first, ref long next)
        {
            var (least, more) = (FromLast(events, end, Amount.Least), FromLast(events, end, Amount.More));
            var leaves = more > first && Amount.More > 0 ? more : least > first && Amount.Least > 0 ? least : Never;
            if (Length != Always && leaves != Never)
            {
                next = Math.Min(next, leaves + Length);
            }

            return Amount.Holds(least > first, more <= first);
        }

        // There always are no events, and never more than all.
        private static long FromLast(MetricEvents events, int end, int count) =>
            count == 0 ? long.MaxValue : count <= end ? events.TimeMs(end - count) : long.MinValue;
    }
}
