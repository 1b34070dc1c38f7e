using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Lanes;

/// <summary>Up to which place of its log a lane was restored from a checkpoint: as a whole, and profile by profile.</summary>
/// <remarks>A checkpoint takes profiles in steps, so those of a later step have more of the log in them.</remarks>
internal sealed class RestoredPlaces
{
    private readonly List<(int First, long Tail)> _steps = [];
    private long _all;

    /// <summary>Gets where replay has to begin.</summary>
    internal long From => _steps.Count == 0 ? _all : Math.Min(_all, _steps.Min(s => s.Tail));

    /// <summary>Notes that the profiles from an ordinal on, up to the next step, have everything below a place.</summary>
    internal void AddStep(int first, long tail) => _steps.Add((first, tail));

    /// <summary>Notes that everything but the profiles has all that lies below a place.</summary>
    internal void SetAll(long tail) => _all = tail;

    /// <summary>Whether the places can be those of a checkpoint with a cut.</summary>
    internal bool AreWithin(LaneCut cut)
    {
        return _steps.TrueForAll(s =>
            s.Tail >= cut.Begin.Value && s.Tail <= cut.Until.Value && s.Tail % LogLayout.Alignment == 0);
    }

    /// <summary>Whether so many profiles can have come between the last step and the cut: each has a record there.</summary>
    internal bool HasRoomFor(int profiles) =>
        profiles >= 0 && _steps is [.., { Tail: > 0 } last] && profiles <= (_all - last.Tail) / RecordHeader.EntryBytes;

    /// <summary>Whether everything but the profiles has a record.</summary>
    internal bool HasAll(LogAddress address) => address.Value < _all;

    /// <summary>Whether a profile has a record.</summary>
    internal bool Has(int ordinal, LogAddress address)
    {
        // Where replay is behind the checkpoint, which is nearly all of it, no step has to be looked up.
        return address.Value < _all && address.Value < StepOf(ordinal);
    }

    /// <summary>Forgets the places: what comes now is new.</summary>
    internal void Clear()
    {
        _steps.Clear();
        _all = 0;
    }

    private long StepOf(int ordinal)
    {
        int low = 0, high = _steps.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_steps[middle].First <= ordinal)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == 0 ? 0 : _steps[low - 1].Tail;
    }
}
