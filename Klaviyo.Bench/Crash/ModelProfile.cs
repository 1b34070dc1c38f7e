namespace Klaviyo.Bench.Crash;

/// <summary>One profile of a <see cref="CrashModel"/>.</summary>
internal sealed class ModelProfile
{
    private readonly HashSet<(string Metric, string UniqueId)> _known = [];
    private readonly List<(Instant Time, PropertyValue Plan)> _plans = [];
    private readonly List<(Instant Time, bool Member)> _lists = [];
    private readonly List<CustomerEvent> _events = [];

    /// <summary>Gets whether it has a name other than those of devices.</summary>
    internal bool IsKnown { get; set; }

    /// <summary>Gets or sets the profile that was merged into this one; null where none is.</summary>
    internal ModelProfile? Source { get; set; }

    /// <summary>Gets or sets the profile that this one was merged into; null where it stands for itself.</summary>
    internal ModelProfile? Destination { get; set; }

    internal int EventCount => AllEvents.Count();

    internal IEnumerable<CustomerEvent> AllEvents => _events.Concat(Source?.AllEvents ?? []);

    internal void Apply(CustomerWrite write)
    {
        switch (write)
        {
            case CustomerEvent sent when _known.Add((sent.Metric, sent.UniqueId!)):
                _events.Add(sent);
                break;
            case ProfileWrite said:
                _plans.Add((said.Time!.Value, said.Properties["plan"]));
                break;
            case ListWrite put:
                _lists.Add((put.Time!.Value, put.Member));
                break;
        }
    }

    internal void Take(ModelProfile other)
    {
        _events.AddRange(other._events);
        _known.UnionWith(other._known);
    }

    internal List<CustomerEvent> Events(string metric, Instant at) =>
        [.. AllEvents.Where(e => e.Metric == metric && e.Time <= at).OrderBy(e => e.Time)];

    internal PropertyValue Plan(Instant at) =>
        _plans.Where(p => p.Time <= at).OrderBy(p => p.Time).Select(p => p.Plan).LastOrDefault();

    internal bool IsVip(Instant at) =>
        _lists.Where(l => l.Time <= at).OrderBy(l => l.Time).Select(l => l.Member).LastOrDefault();
}
