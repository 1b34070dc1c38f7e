namespace Klaviyo;

/// <summary>What a flow has done so far, with the ways that its runs took.</summary>
/// <param name="Stats">The counts of each step.</param>
/// <param name="Ways">
/// How many times runs went from one step to another, by their ids; the way in comes from the empty id, and ends lead to it. Who
/// left by the filter of the flow or was cancelled took no way.
/// </param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowTraffic(FlowStats Stats, IReadOnlyDictionary<(string From, string To), long> Ways);
