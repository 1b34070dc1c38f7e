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

    private readonly List<SegmentFlip> _flips = [];
    private readonly ArrayBufferWriter<byte> _record = new();
    private readonly List<int> _entered = [];
    private readonly List<int> _left = [];

    internal int Count => _flips.Count;

    internal ReadOnlySpan<SegmentFlip> All => CollectionsMarshal.AsSpan(_flips);

    internal void Add(int segment, int ordinal, bool entered, SegmentChangeCause cause) =>
        _flips.Add(new SegmentFlip(segment, ordinal, entered, cause));

    internal void Clear() => _flips.Clear();

    /// <summary>Puts them in the order of causes, segments and profiles, and encodes them.</summary>
    /// <param name="atMs">The instant.</param>
    /// <param name="builtFor">For how many definitions the segments are right from now on; -1 where that does not change.</param>
    /// <param name="built">The segments for which that holds, also those that nobody enters or leaves.</param>
    /// <param name="append">Takes each record. Its bytes are valid during the call.</param>
    internal void Write(long atMs, int builtFor, ReadOnlySpan<int> built, Action<ReadOnlySpan<byte>> append)
    {
        _flips.Sort(static (a, b) => Order(a).CompareTo(Order(b)));
        for (var start = 0; start < _flips.Count;)
        {
            var cause = _flips[start].Cause;
            var end = Math.Min(start + FlipsInRecord, _flips.Count);
            while (_flips[end - 1].Cause != cause)
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
            if (!_flips.Exists(f => f.Segment == segment))
            {
                _record.ResetWrittenCount();
                MembershipRecord.WriteHead(_record, atMs, SegmentChangeCause.Definition, builtFor, 1);
                MembershipRecord.WriteGroup(_record, segment, [], []);
                append(_record.WrittenSpan);
            }
        }
    }

    private static (SegmentChangeCause Cause, int Segment, int Ordinal) Order(in SegmentFlip flip) =>
        (flip.Cause, flip.Segment, flip.Ordinal);

    private int Groups(int start, int end)
    {
        var groups = 1;
        for (var i = start + 1; i < end; i++)
        {
            groups += _flips[i].Segment == _flips[i - 1].Segment ? 0 : 1;
        }

        return groups;
    }

    private int WriteGroup(int start, int end)
    {
        _entered.Clear();
        _left.Clear();
        var segment = _flips[start].Segment;
        for (; start < end && _flips[start].Segment == segment; start++)
        {
            (_flips[start].Entered ? _entered : _left).Add(_flips[start].Ordinal);
        }

        MembershipRecord.WriteGroup(_record, segment, CollectionsMarshal.AsSpan(_entered), CollectionsMarshal.AsSpan(_left));
        return start;
    }
}

/// <summary>A profile of a lane enters or leaves a segment.</summary>
internal readonly record struct SegmentFlip(int Segment, int Ordinal, bool Entered, SegmentChangeCause Cause);
