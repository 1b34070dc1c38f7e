using System.Numerics;
using System.Runtime.InteropServices;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Live;

/// <summary>Keeps the segments of one lane's profiles current.</summary>
/// <remarks>
/// <para>A write only notes whom it touched and which segments can be different; before the gate is left, each profile is
/// evaluated once, at the clock's time. Whatever else changes a membership is time, and for that each profile has one instant
/// at which it is looked at again (<see cref="ProfileDues"/>).</para>
/// <para>Before a profile is written to, what time has done to it until then is found first: so a change by time has the exact
/// instant of the window's edge, whenever it is found.</para>
/// <para>What changes is a <see cref="MembershipRecord"/> in the lane's log; <see cref="Memberships"/> is the fold over them.
/// Segments that are being built are evaluated into columns of their own, and nothing of them is told before they are whole.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class LiveLane(Store store, Lane lane)
{
    private readonly SegmentFlips _flips = new();
    private readonly List<(int Ordinal, ulong[]? Mask)> _touched = [];
    private readonly List<(int Ordinal, ulong[]? Mask)> _settling = [];
    private ulong[] _mask = [];

    /// <summary>Gets the members of segments that are being built.</summary>
    internal BitColumns Shadow { get; } = new();

    internal Memberships Memberships => lane.State.Memberships;

    internal ProfileDues Dues => lane.State.Dues;

    private LivePlan? Plan => store.Plan;

    /// <summary>Gets the bytes that it takes beside what the log tells.</summary>
    internal long Bytes => Shadow.Bytes + Memberships.Members.Bytes + Dues.Bytes;

    /// <summary>Notes that every segment of a profile may be different.</summary>
    internal void TouchAll(int ordinal) => _touched.Add((ordinal, null));

    /// <summary>Notes that some segments of a profile may be different.</summary>
    internal void Touch(int ordinal, ulong[]? mask)
    {
        if (mask is not null)
        {
            _touched.Add((ordinal, mask));
        }
    }

    /// <summary>Gets the clock's time, which for segments never goes back.</summary>
    internal Instant Now(Instant clock) => Instant.FromUnixMs(Math.Max(clock.UnixMs, Memberships.ClockMs));

    /// <summary>Finds what time has done to a profile before an instant.</summary>
    internal void Advance(int ordinal, Instant now)
    {
        if (Dues[ordinal] < now.UnixMs)
        {
            AdvanceFurther(ordinal, now);
        }
    }

    /// <summary>Evaluates everybody who was touched.</summary>
    /// <returns>Whether there was anybody.</returns>
    internal bool Settle(Instant now)
    {
        if (_touched.Count == 0)
        {
            return false;
        }

        _settling.Clear();
        _settling.AddRange(_touched);
        _touched.Clear();
        if (Plan is not { } plan)
        {
            return false;
        }

        _settling.Sort(static (a, b) => a.Ordinal.CompareTo(b.Ordinal));
        var cause = SegmentChangeCause.Write;
        for (var start = 0; start < _settling.Count;)
        {
            var ordinal = _settling[start].Ordinal;
            var mask = Union(plan, ref start);
            var root = store.State.Merges.Root(new ProfileKey(lane.State.Lane, ordinal));
            if (root == new ProfileKey(lane.State.Lane, ordinal))
            {
                Evaluate(plan, ordinal, mask, now, orDue: true);
            }
            else
            {
                LeaveAll(ordinal);
                store.Lanes[root.Lane].Live.TouchAll(root.Ordinal);
                cause = SegmentChangeCause.Merge;
            }
        }

        Flush(now, cause);
        return true;
    }

    /// <summary>Finds what time has done, to so many profiles at most.</summary>
    /// <returns>How many were looked at; fewer than asked for where nothing more is due.</returns>
    internal int TakeDue(Instant now, int max)
    {
        if (Plan is not { } plan)
        {
            return 0;
        }

        var (taken, at) = (0, Instant.MinValue);
        while (taken < max && Dues.TryTake(now, out var ordinal))
        {
            if (Dues[ordinal] != at.UnixMs)
            {
                Flush(at, SegmentChangeCause.Time);
                at = Instant.FromUnixMs(Dues[ordinal]);
            }

            if (store.State.Merges.IsSource(new ProfileKey(lane.State.Lane, ordinal)))
            {
                LeaveAll(ordinal);
            }
            else
            {
                Evaluate(plan, ordinal, plan.All, at, orDue: false);
            }

            taken++;
        }

        Flush(at, SegmentChangeCause.Time);
        return taken;
    }

    /// <summary>Evaluates the segments that are being built, for one profile.</summary>
    internal void Build(LivePlan plan, int ordinal, Instant now)
    {
        Advance(ordinal, now);
        Evaluate(plan, ordinal, plan.Building, now, orDue: true);
        Flush(now, SegmentChangeCause.Time);
    }

    /// <summary>Puts what was built in the place of what was there, and tells the difference.</summary>
    internal void Swap(LivePlan plan, Instant now)
    {
        int[] built = [.. plan.BuildingNumbers];
        for (var ordinal = 0; ordinal < lane.State.Profiles.Count; ordinal++)
        {
            for (var plane = 0; plane < plan.Planes; plane++)
            {
                var (old, shadow) = (Memberships.Members.Word(plane, ordinal), Shadow.Word(plane, ordinal));
                for (var differ = (old ^ shadow) & plan.Building[plane]; differ != 0; differ &= differ - 1)
                {
                    var bit = BitOperations.TrailingZeroCount(differ);
                    _flips.Add((plane * BitColumns.SegmentsInWord) + bit, ordinal, (shadow >> bit & 1) != 0);
                }
            }
        }

        Flush(now, SegmentChangeCause.Definition, plan.Definitions, built);
        foreach (var segment in built)
        {
            Shadow.Clear(segment);
        }
    }

    /// <summary>Takes everybody out of a segment that is no more.</summary>
    internal void Remove(int segment, int definitions, Instant now)
    {
        for (var ordinal = 0; ordinal < lane.State.Profiles.Count; ordinal++)
        {
            if (Memberships.Members.Has(segment, ordinal))
            {
                _flips.Add(segment, ordinal, false);
            }
        }

        Shadow.Clear(segment);
        Flush(now, SegmentChangeCause.Definition, definitions, [segment]);
    }

    /// <summary>Takes a profile out of every segment, before it is erased.</summary>
    internal void Erase(int ordinal, Instant now)
    {
        LeaveAll(ordinal);
        Flush(now, SegmentChangeCause.Erase);
    }

    /// <summary>Begins to build anew.</summary>
    internal void ForgetShadow(int segment) => Shadow.Clear(segment);

    private ulong[] Union(LivePlan plan, ref int start)
    {
        var first = start;
        var ordinal = _settling[first].Ordinal;
        while (start < _settling.Count && _settling[start].Ordinal == ordinal)
        {
            start++;
        }

        var same = CollectionsMarshal.AsSpan(_settling)[first..start];
        if (same.Length == 1)
        {
            return same[0].Mask ?? plan.All;
        }

        if (_mask.Length != plan.Planes)
        {
            _mask = new ulong[plan.Planes];
        }

        _mask.AsSpan().Clear();
        foreach (var (_, mask) in same)
        {
            if (mask is null)
            {
                return plan.All;
            }

            // A mask of a plan before this one is shorter, and then everything is looked at.
            for (var plane = 0; plane < plan.Planes; plane++)
            {
                _mask[plane] |= plane < mask.Length ? mask[plane] : ulong.MaxValue;
            }
        }

        return _mask;
    }

    private void AdvanceFurther(int ordinal, Instant now)
    {
        if (Plan is not { } plan || store.State.Merges.IsSource(new ProfileKey(lane.State.Lane, ordinal)))
        {
            return;
        }

        while (Dues[ordinal] < now.UnixMs)
        {
            var at = Instant.FromUnixMs(Dues[ordinal]);
            Evaluate(plan, ordinal, plan.All, at, orDue: false);
            Flush(at, SegmentChangeCause.Time);
        }
    }

    // What is due at the instant of the evaluation is done with it, so everything is evaluated then.
    private void Evaluate(LivePlan plan, int ordinal, ulong[] mask, Instant at, bool orDue)
    {
        var slot = lane.State.Profiles[ordinal];
        if (slot.Has(SlotFlags.Erased) || slot.Has(SlotFlags.Object))
        {
            Dues.Set(ordinal, ProfileDues.Never);
            return;
        }

        var due = Dues[ordinal];
        if (orDue && due <= at.UnixMs)
        {
            mask = plan.All;
        }

        var next = due > at.UnixMs && !ReferenceEquals(mask, plan.All) ? due : ProfileDues.Never;
        var context = new EvaluationContext(lane.HistoryUnderGate(new ProfileKey(lane.State.Lane, ordinal)), at, store.Zone);
        for (var plane = 0; plane < plan.Planes; plane++)
        {
            for (var word = mask[plane] & plan.All[plane]; word != 0; word &= word - 1)
            {
                var segment = (plane * BitColumns.SegmentsInWord) + BitOperations.TrailingZeroCount(word);
                next = Math.Min(next, Evaluate(plan, segment, ordinal, context));
            }
        }

        Dues.Set(ordinal, next);
        if (next != ProfileDues.Never)
        {
            store.LiveSignal.Arm(Instant.FromUnixMs(next));
        }
    }

    private long Evaluate(LivePlan plan, int segment, int ordinal, in EvaluationContext context)
    {
        var definition = plan[segment];
        var holds = definition.Holds(context);
        if (plan.IsBuilding(segment))
        {
            Shadow.Set(segment, ordinal, holds);
        }
        else if (Memberships.Members.Has(segment, ordinal) != holds)
        {
            _flips.Add(segment, ordinal, holds);
        }

        return definition.NextBoundary(context)?.UnixMs ?? ProfileDues.Never;
    }

    // A profile that was merged into another or erased is no member of anything as itself.
    private void LeaveAll(int ordinal)
    {
        for (var plane = 0; plane < Memberships.Members.Planes; plane++)
        {
            for (var word = Memberships.Members.Word(plane, ordinal); word != 0; word &= word - 1)
            {
                _flips.Add((plane * BitColumns.SegmentsInWord) + BitOperations.TrailingZeroCount(word), ordinal, false);
            }
        }

        for (var plane = 0; plane < Shadow.Planes; plane++)
        {
            for (var word = Shadow.Word(plane, ordinal); word != 0; word &= word - 1)
            {
                Shadow.Set((plane * BitColumns.SegmentsInWord) + BitOperations.TrailingZeroCount(word), ordinal, false);
            }
        }

        Dues.Set(ordinal, ProfileDues.Never);
    }

    private void Flush(Instant at, SegmentChangeCause cause, int builtFor = -1, int[]? built = null)
    {
        if (_flips.Count == 0 && built is null)
        {
            return;
        }

        _flips.Write(at.UnixMs, cause, builtFor, built, payload =>
        {
            lane.AppendUnderGate(RecordKind.Membership, payload);
            Memberships.Apply(MembershipRecord.Read(payload), isKnown: null, isCounted: false);
        });
        lane.TellChangesUnderGate(_flips.All, at, cause);
        _flips.Clear();
    }
}
