using Klaviyo.Storage.Timers;

namespace Klaviyo.Storage.Live;

/// <summary>When each profile of a lane has to be looked at again, because time alone may change a segment of it.</summary>
/// <remarks>
/// <para>One instant a profile, the earliest over all segments. It may be too early, never too late.</para>
/// <para>A profile is stale where it was written to and not looked at since, which only a replay leaves behind: then the instant
/// is that of the last write, up to which the log tells everything.</para>
/// <para>The wheel only says whom to look at: what it hands out counts if the instant is still the profile's.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. An instant can be read beside it, as <see cref="Pieces{T}"/> says.</threadsafety>
internal sealed class ProfileDues
{
    /// <summary>The instant of a profile that time does not change.</summary>
    internal const long Never = long.MaxValue;

    private readonly TimerWheel _wheel = new();
    private readonly Pieces<long> _dues = new(Never);
    private readonly BitColumns _stale = new();
    private readonly List<int> _taken = [];
    private Instant _takenDue;
    private int _nextTaken;

    /// <summary>Gets the bytes that it takes.</summary>
    internal long Bytes => _dues.Bytes + _wheel.Bytes;

    /// <summary>Gets an instant at or before the earliest due one; null where nothing is.</summary>
    internal Instant? NextWake => _nextTaken < _taken.Count ? _takenDue : _wheel.NextWake();

    /// <summary>Gets when a profile is due; <see cref="Never"/> where it is not.</summary>
    internal long this[int ordinal] => _dues[ordinal];

    /// <summary>Whether a profile was written to and not looked at since.</summary>
    internal bool IsStale(int ordinal) => _stale.Count(0) > 0 && _stale.Has(0, ordinal);

    /// <summary>Gets whether anybody is stale.</summary>
    internal bool IsAnyStale => _stale.Count(0) > 0;

    /// <summary>Sets when a profile is due.</summary>
    internal void Set(int ordinal, long due)
    {
        if (IsStale(ordinal))
        {
            _stale.Set(0, ordinal, false);
        }

        if (this[ordinal] == due)
        {
            return;
        }

        _dues.At(ordinal) = due;
        if (due == Never)
        {
            _wheel.Cancel(ordinal);
        }
        else
        {
            _wheel.Arm(ordinal, Instant.FromUnixMs(due));
        }
    }

    /// <summary>Notes that a profile was written to at an instant, and has to be looked at from there on.</summary>
    internal void SetStale(int ordinal, long atMs)
    {
        Set(ordinal, IsStale(ordinal) ? Math.Max(this[ordinal], atMs) : atMs);
        _stale.Set(0, ordinal, true);
    }

    /// <summary>Takes the next profile that is due.</summary>
    /// <param name="until">The latest instant that is due.</param>
    /// <param name="budget">How many timers to touch at most; lessened by those that were.</param>
    /// <param name="ordinal">The profile. Its instant stays until it is set anew.</param>
    /// <returns><see langword="false"/> if nothing is due, or the budget is spent: then it is zero, and there may be more.</returns>
    internal bool TryTake(Instant until, ref int budget, out int ordinal)
    {
        while (true)
        {
            while (_nextTaken < _taken.Count)
            {
                ordinal = _taken[_nextTaken++];
                if (this[ordinal] == _takenDue.UnixMs)
                {
                    return true;
                }
            }

            _taken.Clear();
            _nextTaken = 0;
            if (!_wheel.TryTake(until, _taken, ref budget, out _takenDue))
            {
                ordinal = -1;
                return false;
            }
        }
    }
}
