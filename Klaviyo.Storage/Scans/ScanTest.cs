using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Scans;

/// <summary>A condition as a scan over everybody asks it: over the columns of a timeline, or over what was added up before.</summary>
/// <remarks>
/// Three-valued: a profile of which the rest is not known is passed on to its history only where the rest decides.
/// </remarks>
/// <threadsafety>Safe for concurrent use, but for <see cref="TurnTo"/>.</threadsafety>
internal abstract class ScanTest
{
    /// <summary>Gets whether there is a profile of which this can tell.</summary>
    internal virtual bool Tells => true;

    /// <summary>Gets whether it looks at the rows of timelines.</summary>
    internal virtual bool ReadsRows => false;

    /// <summary>Gets whether it looks at their values.</summary>
    internal virtual bool ReadsValues => false;

    /// <summary>Turns to a lane, before each step: a metric may have been seen for the first time since.</summary>
    internal virtual void TurnTo(Lane lane)
    {
    }

    /// <summary>Tells of a profile of the lane that has its own history only, and exists at T.</summary>
    internal abstract Verdict Of(int ordinal, ref ProfileSlot slot);

    /// <summary>Makes the test of a condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="context">T and the zone, of nobody.</param>
    /// <param name="tallies">What adds up events that have to pass filters.</param>
    internal static ScanTest Of(Condition condition, in EvaluationContext context, ProfileTallies tallies)
    {
        switch (condition)
        {
            case AndCondition and:
                return AllOf(and.Conditions, true, context, tallies);
            case OrCondition or:
                return AllOf(or.Conditions, false, context, tallies);
            case GroupsCondition groups:
                return AllOf(groups.Groups, true, context, tallies);
            case NotCondition not:
                return new Not(Of(not.Negated, context, tallies));
            case ProfileMetricCondition { Measure: { Property: null, Kind: MeasureKind.Count or MeasureKind.Sum } } metric
                when metric.Window.TryGetRange(context, out var range):
                range = range.UpTo(context.At);
                return metric.Where.Count == 0 && !tallies.AreQuick
                    ? new MetricTest(metric, range)
                    : new TallyTest(metric, tallies.Add(metric, range));
            default:
                return new HistoryTest();
        }
    }

    private static All AllOf<T>(ValueList<T> conditions, bool so, in EvaluationContext context, ProfileTallies tallies)
        where T : Condition
    {
        var parts = new ScanTest[conditions.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Of(conditions[i], context, tallies);
        }

        return new All(parts, so);
    }

    private static Verdict Of(bool holds) => holds ? Verdict.Yes : Verdict.No;

    // All of the parts are so, or else the answer is the other one: and, where that is true, or, where it is false.
    private sealed class All(ScanTest[] parts, bool so) : ScanTest
    {
        internal override bool Tells => parts.Any(p => p.Tells);

        internal override bool ReadsRows => parts.Any(p => p.ReadsRows);

        internal override bool ReadsValues => parts.Any(p => p.ReadsValues);

        internal override void TurnTo(Lane lane) => Array.ForEach(parts, p => p.TurnTo(lane));

        internal override Verdict Of(int ordinal, ref ProfileSlot slot)
        {
            var all = Of(so);
            foreach (var part in parts)
            {
                var verdict = part.Of(ordinal, ref slot);
                if (verdict == Of(!so))
                {
                    return verdict;
                }

                all = verdict == Verdict.Unknown ? verdict : all;
            }

            return all;
        }
    }

    private sealed class Not(ScanTest part) : ScanTest
    {
        internal override bool Tells => part.Tells;

        internal override bool ReadsRows => part.ReadsRows;

        internal override bool ReadsValues => part.ReadsValues;

        internal override void TurnTo(Lane lane) => part.TurnTo(lane);

        internal override Verdict Of(int ordinal, ref ProfileSlot slot)
        {
            var verdict = part.Of(ordinal, ref slot);
            return verdict == Verdict.Unknown ? verdict : Of(verdict == Verdict.No);
        }
    }

    private sealed class HistoryTest : ScanTest
    {
        internal override bool Tells => false;

        internal override Verdict Of(int ordinal, ref ProfileSlot slot) => Verdict.Unknown;
    }

    private sealed class MetricTest(ProfileMetricCondition condition, TimeRange range) : ScanTest
    {
        private readonly AmountTest _amount = new(condition.Amount);
        private int _code;

        internal override bool ReadsRows => true;

        internal override bool ReadsValues => condition.Measure.Kind == MeasureKind.Sum;

        internal override void TurnTo(Lane lane) =>
            _code = lane.State.Names.TryGetCode(condition.Metric, out var code) ? code : int.MinValue;

        internal override Verdict Of(int ordinal, ref ProfileSlot slot)
        {
            if (slot.Has(SlotFlags.RowsCold))
            {
                return Verdict.Unknown;
            }

            if (!ReadsValues)
            {
                return Of(_amount.Holds(slot.Timeline.CountIn(_code, range, _amount.CountMax)));
            }

            var summary = new RunningSummary();
            slot.Timeline.AddTo(ref summary, _code, range);
            return Of(_amount.Holds(summary.Summary.Sum));
        }
    }

    private sealed class TallyTest(ProfileMetricCondition condition, ProfileTally tally) : ScanTest
    {
        internal override void TurnTo(Lane lane) => tally.TurnTo(lane);

        internal override Verdict Of(int ordinal, ref ProfileSlot slot)
        {
            if (!tally.TryGet(ordinal, ref slot, out var count, out var sum, out var doubt))
            {
                return Verdict.Unknown;
            }

            if (condition.Measure.Kind == MeasureKind.Count)
            {
                return Of(condition.Amount.Matches(count));
            }

            return Math.Abs(sum - condition.Amount.Value) < doubt || Math.Abs(sum - condition.Amount.End) < doubt
                ? Verdict.Unknown
                : Of(condition.Amount.Matches(sum));
        }
    }
}
