namespace Klaviyo.Storage.Lanes;

/// <summary>A write that the index has just taken in.</summary>
/// <param name="Ordinal">The profile within its lane: the one that others were merged into, where that is so.</param>
/// <param name="Write">What was written, with its time filled in.</param>
/// <param name="Received">When it was accepted.</param>
/// <param name="Row">The event's row, where the write is an event.</param>
internal readonly record struct AppliedFact(int Ordinal, CustomerWrite Write, Instant Received, EventRow Row);
