namespace Klaviyo.Bench.Crash;

/// <summary>What is there after a crash as a whole or not at all: one write, a batch, or a deed.</summary>
/// <param name="Number">Its place in the script, from 0.</param>
/// <param name="Writes">The writes; the first is an event that carries the number and is never a duplicate. None of a deed.</param>
internal sealed record CrashStep(int Number, IReadOnlyList<CustomerWrite> Writes)
{
    /// <summary>Gets what is done to profiles as wholes; null where something is written.</summary>
    internal CrashDeed? Deed { get; init; }

    /// <summary>Does it; completes when it is durable.</summary>
    internal async ValueTask DoAsync(CustomerDatabase database)
    {
        if (Deed is not null)
        {
            await Deed.DoAsync(database);
        }
        else if (Writes is [var single])
        {
            await database.WriteAsync(single);
        }
        else
        {
            await database.WriteAsync(Writes);
        }
    }
}
