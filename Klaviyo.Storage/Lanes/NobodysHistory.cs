namespace Klaviyo.Storage.Lanes;

/// <summary>The history of a profile that does not exist: nothing ever happened.</summary>
internal sealed class NobodysHistory : ProfileHistory
{
    private NobodysHistory()
    {
    }

    internal static NobodysHistory Instance { get; } = new();

    public override ProfileId Id => default;

    public override Instant Created => Instant.MaxValue;

    public override PropertyValue Property(string name, Instant at) => default;

    public override ReadOnlySpan<PropertyWrite> PropertyWrites(string name) => [];

    public override ReadOnlySpan<EventRow> Events(string metric, TimeRange range) => [];

    public override PropertyValue EventProperty(EventId id, string name) => default;

    public override Instant? MemberSince(string group, Instant at) => null;

    public override Instant? MembershipBoundary(string group, Instant at) => null;

    public override Consent? Consent(string channel, Instant at) => null;
}
