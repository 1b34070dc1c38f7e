using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Reports;

namespace Klaviyo.Storage.Scans;

/// <summary>The conditions of a scan whose events are added up for every profile before it.</summary>
/// <remarks>
/// Column chunks have the events of a metric together, and tell of stretches in which none counts without a look at them. With
/// filters on properties it is always so: one walk over the columns stands for a look-up for each event of each profile.
/// </remarks>
internal sealed class ProfileTallies(Store store, Instant at)
{
    // With more of the log to read than so much of it, timelines are quicker.
    private const int UncoveredShareMax = 8;

    private readonly List<ProfileTally> _tallies = [];

    /// <summary>Gets whether columns answer quicker than timelines.</summary>
    internal bool AreQuick { get; } = store.Lanes.Sum(lane => store.Chunks.Uncovered(lane.Log.Lane, lane.Log.Tail)) * UncoveredShareMax
        <= store.Lanes.Sum(lane => lane.Log.Tail.Value - lane.Log.Begin.Value);

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
            tally.Take(ReportMoment.Read(store, tally.Condition.Metric, moment => Read(tally, moment)));
        }
    }

    private (ReportMoment Moment, List<TallyScan> Scans) Read(ProfileTally tally, ReportMoment moment)
    {
        var (chunks, rows) = moment.Chunks(store);
        var scans = TwoWorkers.For(chunks, rows, () => new TallyScan(tally, moment, at, store.Zone));
        TwoWorkers.Run(chunks.Count, scans, (scan, i) => scan.Add(chunks[i]));
        return (moment, scans);
    }
}
