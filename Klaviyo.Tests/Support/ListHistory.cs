namespace Klaviyo.Tests.Support;

// A history made of lists and LINQ: slow, and short enough to be believed. It is the history of the oracle.
internal sealed class ListHistory : ProfileHistory
{
    private readonly List<(string Metric, EventRow Row, PropertyMap Properties)> _events = [];
    private readonly List<(string Name, PropertyWrite Write)> _properties = [];
    private readonly List<(string Group, Instant Time, bool Member)> _memberships = [];
    private readonly List<Consent> _consents = [];
    private readonly List<(Relation Relation, ListHistory Object)> _relations = [];
    private readonly Instant? _created;

    internal ListHistory(long id = 1, Instant? created = null)
    {
        Id = new ProfileId(id);
        _created = created;
    }

    public override ProfileId Id { get; }

    public override Instant Created => _created ?? Times().DefaultIfEmpty(Instant.MaxValue).Min();

    internal IEnumerable<(string Metric, EventRow Row, PropertyMap Properties)> AllEvents => _events;

    public override PropertyValue Property(string name, Instant at) =>
        Writes(name).Where(w => w.Time <= at).Select(w => w.Value).LastOrDefault();

    public override ReadOnlySpan<PropertyWrite> PropertyWrites(string name) => Writes(name).ToArray();

    public override ReadOnlySpan<EventRow> Events(string metric, TimeRange range)
    {
        return _events
            .Where(e => e.Metric == metric && range.Contains(e.Row.Time))
            .Select(e => e.Row)
            .OrderBy(row => row.Time)
            .ToArray();
    }

    public override PropertyValue EventProperty(EventId id, string name) => _events.Single(e => e.Row.Id == id).Properties[name];

    public override Instant? MemberSince(string group, Instant at)
    {
        var until = Changes(group).Where(m => m.Time <= at).Reverse().ToList();
        var run = until.TakeWhile(m => m.Member).ToList();
        return run.Count > 0 ? run[^1].Time : null;
    }

    public override Instant? MembershipBoundary(string group, Instant at) =>
        Changes(group).Where(m => m.Time > at).Select(m => (Instant?)m.Time).FirstOrDefault();

    public override Consent? Consent(string channel, Instant at) =>
        _consents.Where(c => c.Channel == channel && c.Time <= at).OrderBy(c => c.Time).LastOrDefault();

    public override IReadOnlyList<Consent> Consents(string channel, Instant at) =>
        [.. _consents.Where(c => c.Channel == channel && c.Time <= at).OrderBy(c => c.Time)];

    public override Instant? ConsentBoundary(string channel, Instant at) =>
        _consents.Where(c => c.Channel == channel && c.Time > at).Min(c => (Instant?)c.Time);

    public override IReadOnlyList<Relation> Relations(string objectType) =>
        [.. _relations.Select(r => r.Relation).Where(r => r.Other.Kind.ObjectType == objectType)];

    public override ProfileHistory? Related(ProfileId id) => _relations.First(r => r.Object.Id == id).Object;

    internal ListHistory Belongs(string name, string type, ListHistory to, Instant since, Instant? until = null)
    {
        _relations.Add((new Relation(name, to.Id, Identifier.Object(type, to.Id.ToString()), since, until), to));
        return this;
    }

    internal ListHistory Did(string metric, Instant time, double value = double.NaN, PropertyMap? properties = null)
    {
        _events.Add((metric, new EventRow(time, value, new EventId(_events.Count + 1)), properties ?? []));
        return this;
    }

    internal ListHistory Did(string metric, string time, double value = double.NaN, PropertyMap? properties = null) =>
        Did(metric, Instant.Parse(time), value, properties);

    internal ListHistory Has(string name, PropertyValue value, Instant time)
    {
        _properties.Add((name, new PropertyWrite(time, value)));
        return this;
    }

    internal ListHistory Has(string name, PropertyValue value, string time = "2020-01-01") =>
        Has(name, value, Instant.Parse(time));

    internal ListHistory Joined(string group, Instant time)
    {
        _memberships.Add((group, time, true));
        return this;
    }

    internal ListHistory Left(string group, Instant time)
    {
        _memberships.Add((group, time, false));
        return this;
    }

    internal ListHistory Said(string channel, ConsentStatus status, Instant time, string method = "")
    {
        _consents.Add(new Consent(channel, status, time, method));
        return this;
    }

    // Every instant at which something was written.
    internal IEnumerable<Instant> Times()
    {
        return _events.Select(e => e.Row.Time)
            .Concat(_properties.Select(p => p.Write.Time))
            .Concat(_memberships.Select(m => m.Time))
            .Concat(_consents.Select(c => c.Time))
            .Concat(_relations.Select(r => r.Relation.Since));
    }

    internal EvaluationContext At(Instant at, AccountZone? zone = null) => new(this, at, zone ?? AccountZone.Utc);

    internal EvaluationContext At(string at, AccountZone? zone = null) => At(Instant.Parse(at), zone);

    private IEnumerable<PropertyWrite> Writes(string name) =>
        _properties.Where(p => p.Name == name).Select(p => p.Write).OrderBy(w => w.Time);

    private IEnumerable<(string Group, Instant Time, bool Member)> Changes(string group) =>
        _memberships.Where(m => m.Group == group).OrderBy(m => m.Time);
}
