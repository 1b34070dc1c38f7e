using System.Buffers;
using System.Runtime.InteropServices;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Live;

/// <summary>Who enters or leaves which segment at one instant, until it is written as records.</summary>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class SegmentFlips
{
    // Some 32 KiB: half of the smallest page.
    private const int FlipsInRecord = 8 << 10;

    // Each as one number, in whose order they are written.
    private readonly List<long> _flips = [];
    private readonly ArrayBufferWriter<byte> _record = new();
    private readonly List<int> _entered = [];
    private readonly List<int> _left = [];

    internal int Count => _flips.Count;

    internal SegmentFlip this[int i] => new(_flips[i]);

    internal void Add(int segment, int ordinal, bool entered, SegmentChangeCause cause) =>
        _flips.Add(SegmentFlip.Pack(segment, ordinal, entered, cause));

    internal void Clear() => _flips.Clear();

    /// <summary>Puts them in the order of causes, segments and profiles, and encodes them.</summary>
    /// <param name="atMs">The instant.</param>
    /// <param name="builtFor">For how many definitions the segments are right from now on; -1 where that does not change.</param>
    /// <param name="built">The segments for which that holds, also those that nobody enters or leaves.</param>
    /// <param name="append">Takes each record. Its bytes are valid during the call.</param>
    internal void Write(long atMs, int builtFor, ReadOnlySpan<int> built, Action<ReadOnlySpan<byte>> append)
    {
        CollectionsMarshal.AsSpan(_flips).Sort();
        for (var start = 0; start < _flips.Count;)
        {
            var cause = this[start].Cause;
            var end = Math.Min(start + FlipsInRecord, _flips.Count);
            while (this[end - 1].Cause != cause)
            {
                end--;
            }

            _record.ResetWrittenCount();
            MembershipRecord.WriteHead(_record, atMs, cause, builtFor, Groups(start, end));
            while (start < end)
            {
                start = WriteGroup(start, end);
            }

            append(_record.WrittenSpan);
        }

        foreach (var segment in built)
        {
            if (!IsAnyOf(segment))
            {
                _record.ResetWrittenCount();
                MembershipRecord.WriteHead(_record, atMs, SegmentChangeCause.Definition, builtFor, 1);
                MembershipRecord.WriteGroup(_record, segment, [], []);
                append(_record.WrittenSpan);
            }
        }
    }

    private bool IsAnyOf(int segment)
    {
        foreach (var flip in CollectionsMarshal.AsSpan(_flips))
        {
            if (new SegmentFlip(flip).Segment == segment)
            {
                return true;
            }
        }

        return false;
    }

    private int Groups(int start, int end)
    {
        var groups = 1;
        for (var i = start + 1; i < end; i++)
        {
            groups += this[i].Segment == this[i - 1].Segment ? 0 : 1;
        }

        return groups;
    }

    private int WriteGroup(int start, int end)
    {
        _entered.Clear();
        _left.Clear();
        var segment = this[start].Segment;
        for (; start < end && this[start].Segment == segment; start++)
        {
            (this[start].Entered ? _entered : _left).Add(this[start].Ordinal);
        }

        MembershipRecord.WriteGroup(_record, segment, CollectionsMarshal.AsSpan(_entered), CollectionsMarshal.AsSpan(_left));
        return start;
    }
}

/// <summary>A profile of a lane enters or leaves a segment.</summary>
internal readonly struct SegmentFlip(long packed)
{
    private const int OrdinalShift = 1;
    private const int SegmentShift = 32;
    private const int CauseShift = 56;
    private const int SegmentMask = (1 << (CauseShift - SegmentShift)) - 1;

    internal SegmentChangeCause Cause => (SegmentChangeCause)(packed >> CauseShift);

    internal int Segment => (int)(packed >> SegmentShift) & SegmentMask;

    internal int Ordinal => (int)(packed >> OrdinalShift & int.MaxValue);

    internal bool Entered => (packed & 1) != 0;

    internal static long Pack(int segment, int ordinal, bool entered, SegmentChangeCause cause) =>
        ((long)cause << CauseShift) | ((long)segment << SegmentShift) | ((long)ordinal << OrdinalShift) | (entered ? 1L : 0);
}
