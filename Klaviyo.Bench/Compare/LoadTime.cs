namespace Klaviyo.Bench.Compare;

/// <summary>How long a loading took, as far as it was measured.</summary>
/// <param name="Events">How many events were stored in that time.</param>
/// <param name="Taken">The time.</param>
/// <param name="Note">Empty, or why it is not the whole history.</param>
internal sealed record LoadTime(long Events, TimeSpan Taken, string Note)
{
    internal double EventsPerSecond => Events / Taken.TotalSeconds;
}
