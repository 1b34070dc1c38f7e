namespace Klaviyo.Storage.Live;

/// <summary>The atoms that an event of one metric can change.</summary>
/// <remarks>
/// An atom that looks only at events which pass a filter is not changed by one that does not: its properties are at hand when it
/// is written, while those of the events before it would have to be read.
/// </remarks>
/// <threadsafety>Immutable once the plan is made.</threadsafety>
internal sealed class MetricTouch(int words)
{
    private readonly List<(ProfileMetricCondition Condition, ulong[] Atom)> _filtered = [];
    private bool _isAnyPlain;

    /// <summary>Gets those that every event can change; null for none.</summary>
    internal ulong[]? Plain => _isAnyPlain ? PlainMask : null;

    private ulong[] PlainMask { get; } = new ulong[words];

    internal void Add(int atom, Condition condition)
    {
        if (condition is ProfileMetricCondition { Where.Count: > 0 } filtered
            && filtered.Where.All(w => w.Filter is null or { DependsOnTime: false }))
        {
            var mask = new ulong[PlainMask.Length];
            Mask.Set(mask, atom);
            _filtered.Add((filtered, mask));
            return;
        }

        _isAnyPlain = true;
        Mask.Set(PlainMask, atom);
    }

    /// <summary>Hands over the atoms that an event can change, set by set.</summary>
    internal void Touch(CustomerEvent happened, int ordinal, LiveLane lane)
    {
        var cause = happened.Backfill ? SegmentChangeCause.Backfill : SegmentChangeCause.Write;
        lane.Touch(ordinal, Plain, cause);
        foreach (var (condition, atom) in _filtered)
        {
            if (Passes(condition, happened))
            {
                lane.Touch(ordinal, atom, cause);
            }
        }
    }

    private static bool Passes(ProfileMetricCondition condition, CustomerEvent happened)
    {
        foreach (var filter in condition.Where.AsSpan())
        {
            if (!filter.Passes(happened.Properties, happened.Value))
            {
                return false;
            }
        }

        return true;
    }
}
