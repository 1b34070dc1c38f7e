namespace Klaviyo.Bench.Crash;

/// <summary>What is there after a crash as a whole or not at all: one write, or a batch.</summary>
/// <param name="Number">Its place in the script, from 0.</param>
/// <param name="Writes">The writes; the first is an event that carries the number and is never a duplicate.</param>
internal sealed record CrashStep(int Number, IReadOnlyList<CustomerWrite> Writes);
