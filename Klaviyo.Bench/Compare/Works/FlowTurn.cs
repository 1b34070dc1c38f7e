namespace Klaviyo.Bench.Compare.Works;

/// <summary>What one turn of the flows did.</summary>
internal sealed record FlowTurn(long Transitions, TimeSpan Taken, long LogBytes);
