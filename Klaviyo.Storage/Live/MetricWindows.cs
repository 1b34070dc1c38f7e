using System.Numerics;
using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Live;

/// <summary>The atoms that count or add up one metric's events of the last so many days, or of all time: one walk answers all.</summary>
/// <remarks>
/// The events of a profile and metric are in the order of time, so each window is the end of one list: its count is a
/// difference of places, and when the count next passes its test is the time at which one of the first events leaves.
/// </remarks>
/// <threadsafety>Immutable but for what is being walked: one caller at a time.</threadsafety>
internal sealed class MetricWindows(string metric, int words)
{
    // So long that its beginning lies before everything.
    private const long Always = long.MaxValue;
    private const long WindowMsMax = 100L * 366 * 86_400_000;

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
        return true;
    }

    /// <summary>Answers those of the atoms that are asked for.</summary>
    /// <param name="asked">The atoms that are asked for, of any kind.</param>
    /// <param name="answers">Receives the answers.</param>
    /// <param name="context">The profile and T.</param>
    /// <returns>The next instant at which one of them may be different; <see cref="ProfileDues.Never"/> for none.</returns>
    internal long Answer(ReadOnlySpan<ulong> asked, Span<ulong> answers, in EvaluationContext context)
    {
        var longest = 0L;
        foreach (ref readonly var window in CollectionsMarshal.AsSpan(_windows))
        {
            longest = Mask.Has(asked, window.Atom) ? Math.Max(longest, window.Length) : longest;
        }

        var at = context.At.UnixMs;
        var from = longest == Always ? Instant.MinValue : Instant.FromUnixMs(Math.Max(at - longest + 1, Instant.MinValue.UnixMs));
        var rows = context.History.Events(metric, new TimeRange(from, Instant.MaxValue));
        var end = rows.Length;
        while (end > 0 && rows[end - 1].Time.UnixMs > at)
        {
            end--;
        }

        // One that is still to come enters every window then.
        var next = end < rows.Length ? rows[end].Time.UnixMs : ProfileDues.Never;
        rows = rows[..end];
        foreach (ref readonly var window in CollectionsMarshal.AsSpan(_windows))
        {
            if (Mask.Has(asked, window.Atom))
            {
                var holds = window.IsSum ? Sum(window, rows, at, ref next) : Count(window, rows, at, ref next);
                var bit = 1UL << (window.Atom % Mask.Bits);
                ref var word = ref answers[window.Atom / Mask.Bits];
                word = holds ? word | bit : word & ~bit;
            }
        }

        return next;
    }

    /// <summary>Whether an event of the metric is still to come.</summary>
    internal bool HasEventAfter(in EvaluationContext context) =>
        !context.History.Events(metric, new TimeRange(context.At.PlusMs(1), Instant.MaxValue)).IsEmpty;

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

    private static bool Count(in Window window, ReadOnlySpan<EventRow> rows, long at, ref long next)
    {
        var start = StartOf(window, rows, at);
        var count = rows.Length - start;
        var holds = window.Amount.Matches(count);
        if (window.Length == Always)
        {
            return holds;
        }

        // Events of one millisecond leave together.
        for (var left = start; left < rows.Length;)
        {
            var time = rows[left].Time;
            while (left < rows.Length && rows[left].Time == time)
            {
                left++;
            }

            if (window.Amount.Matches(rows.Length - left) != holds)
            {
                next = Math.Min(next, time.UnixMs + window.Length);
                break;
            }
        }

        return holds;
    }

    private static bool Sum(in Window window, ReadOnlySpan<EventRow> rows, long at, ref long next)
    {
        var start = StartOf(window, rows, at);
        var sum = new RunningSummary();
        sum.Add(rows[start..]);
        if (window.Length != Always && start < rows.Length)
        {
            next = Math.Min(next, rows[start].Time.UnixMs + window.Length);
        }

        return window.Amount.Matches(sum.Summary.Sum);
    }

    // Windows are mostly short and the list is: a walk from the end beats a search.
    private static int StartOf(in Window window, ReadOnlySpan<EventRow> rows, long at)
    {
        if (window.Length == Always)
        {
            return 0;
        }

        var (start, first) = (rows.Length, at - window.Length);
        while (start > 0 && rows[start - 1].Time.UnixMs > first)
        {
            start--;
        }

        return start;
    }

    private readonly record struct Window(int Atom, long Length, bool IsSum, NumberFilter Amount);
}
