namespace Klaviyo.Storage.Live;

/// <summary>The atoms that an event of one metric can change.</summary>
/// <remarks>
/// An atom that looks only at events which pass a filter is not changed by one that does not: its properties are at hand when it
/// is written, while those of the events before it would have to be read.
/// </remarks>
/// <threadsafety>Immutable once the plan is made.</threadsafety>
internal sealed class MetricTouch(int words)
{
    private readonly List<(ProfileMetricCondition Condition, int Atom)> _filtered = [];
    private readonly ulong[] _plain = new ulong[words];

    /// <summary>Gets the atoms that count or add up; null for none.</summary>
    internal MetricWindows? Windows { get; set; }

    internal void Add(int atom, Condition condition)
    {
        if (condition is ProfileMetricCondition { Where.Count: > 0 } filtered
            && filtered.Where.All(w => w.Filter is null or { DependsOnTime: false }))
        {
            _filtered.Add((filtered, atom));
            return;
        }

        Mask.Set(_plain, atom);
    }

    /// <summary>Adds the atoms that an event can change to a set.</summary>
    /// <param name="touched">The set.</param>
    /// <param name="answers">What they all were before.</param>
    /// <param name="happened">The event, of this metric, which is not in the future.</param>
    /// <param name="ageMs">How long before T it happened, at least.</param>
    /// <param name="growth">What it does to a sum.</param>
    internal void AddTouched(Span<ulong> touched, ReadOnlySpan<ulong> answers, CustomerEvent happened, long ageMs, SumGrowth growth)
    {
        Mask.Add(touched, _plain);
        Windows?.AddTouched(touched, answers, ageMs, growth);
        foreach (var (condition, atom) in _filtered)
        {
            if (Passes(condition, happened))
            {
                Mask.Set(touched, atom);
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
