using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Reports;

namespace Klaviyo.Storage.Scans;

/// <summary>How often, and for how much, each profile did what a condition asks about, as of a moment.</summary>
internal sealed class ProfileTally(ProfileMetricCondition condition, TimeRange range)
{
    private ReportLane[] _lanes = [];
    private ReportLane _lane = null!;
    private TallyCells _cells = new(0);
    private bool _grown;

    /// <summary>Gets the condition.</summary>
    internal ProfileMetricCondition Condition => condition;

    /// <summary>Gets when events count.</summary>
    internal TimeRange Range => range;

    /// <summary>Takes what workers have added up.</summary>
    internal void Take((ReportMoment Moment, List<TallyScan> Scans) read)
    {
        _lanes = [.. read.Moment.Lanes];
        _cells = read.Scans[0].Cells;
        foreach (var scan in read.Scans.Skip(1))
        {
            _cells.Add(scan.Cells);
        }
    }

    /// <summary>Turns to a lane.</summary>
    internal void TurnTo(Lane lane)
    {
        _lane = _lanes[lane.State.Lane];
        _grown = lane.Log.Tail > _lane.Until;
    }

    /// <summary>Gets what a profile of the lane did.</summary>
    /// <param name="ordinal">The profile.</param>
    /// <param name="slot">Its place in the index.</param>
    /// <param name="count">How often.</param>
    /// <param name="sum">For how much.</param>
    /// <param name="doubt">How far from it the answer of an evaluation can be; 0 where it is the same.</param>
    /// <returns>False where it is not known exactly: something of it came after the moment, or does not add up in hundredths.</returns>
    internal bool TryGet(int ordinal, ref ProfileSlot slot, out int count, out double sum, out double doubt)
    {
        (count, sum, doubt) = (0, 0, 0);
        return ordinal < _lane.Profiles
            && !(_grown && (slot.Has(SlotFlags.RowsCold) || slot.Timeline.HasFrom(_lane.Until.Value)))
            && _cells.TryGet(_lane.FirstProfile + ordinal, out count, out sum, out doubt);
    }
}
