using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Reports;

namespace Klaviyo.Storage.Scans;

/// <summary>The conditions of a scan whose events have to pass filters, added up for every profile before the scan.</summary>
/// <remarks>
/// Their properties stand in column chunks, by chunk and not by profile: one walk over the columns answers for everybody
/// what would be a look-up for each event of each profile.
/// </remarks>
internal sealed class ProfileTallies(Store store, Instant at)
{
    // A disk that gives every chunk back damaged must not hold a scan for ever.
    private const int DamagesMax = 10_000;

    private readonly List<ProfileTally> _tallies = [];

    /// <summary>Takes up a condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="range">When its events count.</param>
    internal ProfileTally Add(ProfileMetricCondition condition, TimeRange range)
    {
        var tally = new ProfileTally(condition, range);
        _tallies.Add(tally);
        return tally;
    }

    /// <summary>Adds up.</summary>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    internal void Read()
    {
        foreach (var tally in _tallies)
        {
            Read(tally);
        }
    }

    private void Read(ProfileTally tally)
    {
        for (var damages = 0; ; damages++)
        {
            try
            {
                var moment = ReportMoment.Of(store, tally.Condition.Metric);
                var (chunks, rows) = moment.Chunks(store);
                var scans = TwoWorkers.For(chunks, rows, () => new TallyScan(tally, moment, at, store.Zone));
                TwoWorkers.Run(chunks.Count, scans, (scan, i) => scan.Add(chunks[i]));
                tally.Take(moment, scans);
                return;
            }
            catch (ChunkUnreadableException damage) when (damages < DamagesMax)
            {
                store.Chunks.Drop(damage.Range);
            }
        }
    }
}
