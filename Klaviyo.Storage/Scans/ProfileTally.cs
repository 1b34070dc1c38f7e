using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Reports;

namespace Klaviyo.Storage.Scans;

/// <summary>How often, and for how much, each profile did what a condition asks about, as of a moment.</summary>
internal sealed class ProfileTally(ProfileMetricCondition condition, TimeRange range)
{
    private LogAddress[] _until = [];
    private int[] _firstProfiles = [];
    private int[] _profiles = [];
    private TallyCells _cells = new(0);
    private bool _grown;

    /// <summary>Gets the condition.</summary>
    internal ProfileMetricCondition Condition => condition;

    /// <summary>Gets when events count.</summary>
    internal TimeRange Range => range;

    /// <summary>Takes what workers have added up.</summary>
    internal void Take(ReportMoment moment, IReadOnlyList<TallyScan> scans)
    {
        _until = [.. moment.Lanes.Select(l => l.Until)];
        _firstProfiles = [.. moment.Lanes.Select(l => l.FirstProfile)];
        _profiles = [.. moment.Lanes.Select(l => l.Profiles)];
        _cells = scans[0].Cells;
        foreach (var scan in scans.Skip(1))
        {
            _cells.Add(scan.Cells);
        }
    }

    /// <summary>Turns to a lane.</summary>
    internal void TurnTo(Lane lane) => _grown = lane.Log.Tail > _until[lane.State.Lane];

    /// <summary>Gets what a profile did.</summary>
    /// <returns>False where it is not known exactly: something of it came after the moment, or does not add up in hundredths.</returns>
    internal bool TryGet(LaneState lane, int ordinal, ref ProfileSlot slot, out int count, out double sum)
    {
        (count, sum) = (0, 0);
        return ordinal < _profiles[lane.Lane]
            && !(_grown && (slot.Has(SlotFlags.RowsCold) || slot.Timeline.HasFrom(_until[lane.Lane].Value)))
            && _cells.TryGet(_firstProfiles[lane.Lane] + ordinal, out count, out sum);
    }
}
