namespace Klaviyo.Tests.Flows.Steps;

// Facts over a history, for steps and interpreter alone.
internal sealed class TestFacts(ProfileHistory history) : IFlowFacts
{
    public ProfileHistory History { get; } = history;

    public AccountZone Zone { get; init; } = AccountZone.Utc;

    public TriggerEvent? Trigger { get; init; }

    public Instant? LastEntry { get; init; }

    public bool IsKeyInUse { get; init; }

    public Dictionary<string, string> Addresses { get; init; } = [];

    public string? Address(IdentifierKind kind) => Addresses.GetValueOrDefault(kind.Name);

    public PropertyMap Properties(Instant at) => new() { ["first_name"] = History.Property("first_name", at) };
}
