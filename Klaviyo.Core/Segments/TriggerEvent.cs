namespace Klaviyo;

/// <summary>The event that started a run.</summary>
/// <param name="Metric">Its metric.</param>
/// <param name="Row">When, how much, and its id.</param>
/// <param name="Properties">All its properties.</param>
public sealed record TriggerEvent(string Metric, EventRow Row, PropertyMap Properties);
