using System.Numerics;
using System.Runtime.InteropServices;
using Klaviyo.Storage.Errors;
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
/// <para>An atom whose evaluation throws takes nobody's write with it: it is asked no more, and the segments that it is in are no
/// longer kept current (<see cref="LivePlan.Failed"/>). The log says so too: the next plan, of an opening or of a definition, builds them anew.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class LiveLane(Store store, Lane lane)
{
    private readonly SegmentFlips _flips = new();

    // The answers of every atom as they were last found, and of whom they are known: nobody's are after an opening.
    private readonly BitColumns _answers = new();
    private readonly BitColumns _known = new();

    // Of whom something is dated in the future, which comes true for atoms that time does not change otherwise.
    private readonly BitColumns _future = new();

    private readonly MetricEvents _events = new();

    // Segments that have failed since the last flush.
    private readonly List<int> _failed = [];
    private TouchedProfiles _touched = new();
    private TouchedProfiles _settling = new();
    private SegmentChangeCause _cause;
    private ulong[] _union = [];
    private ulong[] _asked = [];
    private ulong[] _old = [];
    private ulong[] _new = [];
    private ulong[] _changed = [];

    /// <summary>Gets the members of segments that are being built.</summary>
    internal BitColumns Shadow { get; } = new();

    internal Memberships Memberships => lane.State.Memberships;

    internal ProfileDues Dues => lane.State.Dues;

    private LivePlan? Plan => store.Plan;

    /// <summary>Gets the bytes that it takes beside what the log tells.</summary>
    internal long Bytes => Shadow.Bytes + Memberships.Members.Bytes + Dues.Bytes + _answers.Bytes + _known.Bytes + _future.Bytes;

    /// <summary>Notes that every segment of a profile may be different.</summary>
    internal void TouchAll(int ordinal, SegmentChangeCause cause) => _touched.AddAll(ordinal, cause);

    /// <summary>Notes that every segment may be different because of an object that a profile is related to.</summary>
    internal void TouchRelated(int ordinal, Instant now)
    {
        Advance(ordinal, now);
        TouchAll(ordinal, SegmentChangeCause.Write);
    }

    /// <summary>Notes that the answers of some atoms may be different.</summary>
    internal void Touch(int ordinal, ReadOnlySpan<ulong> atoms, SegmentChangeCause cause) => _touched.Add(ordinal, atoms, cause);

    /// <summary>Notes that the answers of atoms that look at a metric may be different, before an event of it is stored.</summary>
    /// <remarks>The answers until now tell of many that they cannot be: who has bought more than three times still has.</remarks>
    internal void Touch(int ordinal, MetricTouch atoms, CustomerEvent happened, Instant now, SegmentChangeCause cause)
    {
        if (!_known.Has(0, ordinal))
        {
            TouchAll(ordinal, cause);
            return;
        }

        Ready(ref _union, Plan!.AtomPlanes);
        Ready(ref _old, Plan.AtomPlanes);
        _answers.CopyTo(ordinal, _old);
        atoms.AddTouched(_union, _old, happened, now.UnixMs - happened.Time!.Value.UnixMs, GrowthBy(ordinal, happened.Value));
        _touched.Add(ordinal, _union, cause);
    }

    /// <summary>Gets the clock's time, which for segments never goes back.</summary>
    internal Instant Now(Instant clock) => store.SegmentNow(clock);

    /// <summary>Finds what time has done to a profile before an instant.</summary>
    internal void Advance(int ordinal, Instant clock)
    {
        var now = Now(clock);
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

        (_touched, _settling) = (_settling, _touched);
        _touched.Clear();
        if (Plan is not { } plan)
        {
            return false;
        }

        _settling.Sort();
        for (var start = 0; start < _settling.Count;)
        {
            FetchAhead(start);
            var ordinal = _settling[start];
            var atoms = TakeTouched(plan, ref start, out _cause);
            var root = store.State.Merges.Root(new ProfileKey(lane.State.Lane, ordinal));
            if (root == new ProfileKey(lane.State.Lane, ordinal))
            {
                Evaluate(plan, ordinal, atoms, now);
            }
            else
            {
                LeaveAll(ordinal, SegmentChangeCause.Merge);
                store.Lanes[root.Lane].Live.TouchAll(root.Ordinal, _cause);
            }
        }

        Flush(now);
        return true;
    }

    /// <summary>Finds what time has done, to so many profiles at most.</summary>
    /// <param name="now">The instant until which things are due.</param>
    /// <param name="max">How many.</param>
    /// <param name="timers">How many timers to touch at most, to find them.</param>
    /// <param name="length">How long at most, but for the last one; a clock that stands sees no end of it.</param>
    /// <returns>How many were looked at, and whether there may be more.</returns>
    internal (int Taken, bool MayBeMore) TakeDue(Instant now, int max, int timers, TimeSpan length)
    {
        if (Plan is not { } plan)
        {
            return default;
        }

        var (began, isOver) = (store.Clock.GetTimestamp(), false);
        _cause = SegmentChangeCause.Time;
        var (taken, at) = (0, Instant.MinValue);
        while (taken < max && !isOver && Dues.TryTake(now, ref timers, out var ordinal))
        {
            if (Dues[ordinal] != at.UnixMs)
            {
                Flush(at);
                at = Instant.FromUnixMs(Dues[ordinal]);
            }

            if (store.State.Merges.IsSource(new ProfileKey(lane.State.Lane, ordinal)))
            {
                LeaveAll(ordinal, SegmentChangeCause.Merge);
            }
            else
            {
                Evaluate(plan, ordinal, [], at);
            }

            taken++;
            isOver = store.Clock.GetElapsedTime(began) >= length;
        }

        Flush(at);
        return (taken, taken == max || timers == 0 || isOver);
    }

    /// <summary>Evaluates the segments that are being built, for one profile.</summary>
    internal void Build(LivePlan plan, int ordinal, Instant now)
    {
        Advance(ordinal, now);
        _cause = SegmentChangeCause.Time;
        Evaluate(plan, ordinal, plan.BuildingAtoms, now, plan.Building);
        Flush(now);
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
                for (var differ = (old ^ shadow) & plan.Building[plane] & ~plan.Failed[plane]; differ != 0; differ &= differ - 1)
                {
                    var bit = BitOperations.TrailingZeroCount(differ);
                    _flips.Add((plane * BitColumns.SegmentsInWord) + bit, ordinal, (shadow >> bit & 1) != 0, SegmentChangeCause.Definition);
                }
            }
        }

        Flush(now, plan.Definitions, built);
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
                _flips.Add(segment, ordinal, false, SegmentChangeCause.Definition);
            }
        }

        Shadow.Clear(segment);
        Flush(now, definitions, [segment]);
    }

    /// <summary>Notes of segments that nobody keeps current any more that their members are not known.</summary>
    internal void Forget(IEnumerable<int> segments, Instant now)
    {
        _failed.AddRange(segments.Where(segment => Memberships.BuiltFor(segment) != Memberships.Unknown));
        Flush(now);
    }

    /// <summary>Takes a profile out of every segment, before it is erased.</summary>
    internal void Erase(int ordinal, Instant now)
    {
        LeaveAll(ordinal, SegmentChangeCause.Erase);
        Flush(now);
    }

    /// <summary>Begins to build anew.</summary>
    internal void ForgetShadow(int segment) => Shadow.Clear(segment);

    // Profiles that follow soon: of the nearer one its rows, for which the slot of the farther one is asked in time.
    private void FetchAhead(int start)
    {
        const int Ahead = 3;
        if (start + Ahead < _settling.Count)
        {
            lane.State.Profiles[_settling[start + Ahead]].Timeline.FetchAhead(timeLines: 1, withValues: true);
        }

        if (start + (2 * Ahead) < _settling.Count)
        {
            CacheLine.Fetch(ref lane.State.Profiles[_settling[start + (2 * Ahead)]]);
        }
    }

    private ReadOnlySpan<ulong> TakeTouched(LivePlan plan, ref int start, out SegmentChangeCause cause)
    {
        Ready(ref _union, plan.AtomPlanes);
        return _settling.TakeAll(ref start, _union, out cause) ? plan.Atoms : _union;
    }

    // A sum that is not exact could be less by its last digit for one more value; with hundredths it is not, up to a count
    // far above any profile's.
    private SumGrowth GrowthBy(int ordinal, double? value)
    {
        const int CountMax = 100_000;
        if (value is not { } added || double.IsNaN(added))
        {
            return SumGrowth.None;
        }

        ref readonly var slot = ref lane.State.Profiles[ordinal];
        return added >= 0
            && !slot.Has(SlotFlags.RowsCold)
            && slot.Timeline.Count < CountMax
            && slot.Timeline.Shape.Value == TimelineShape.HundredthsBytes
            && TimelineShape.TryToHundredths(added, out _)
            && store.State.Merges.Sources(new ProfileKey(lane.State.Lane, ordinal)).Length == 0
            ? SumGrowth.Up
            : SumGrowth.Unknown;
    }

    private void AdvanceFurther(int ordinal, Instant now)
    {
        if (Plan is not { } plan || store.State.Merges.IsSource(new ProfileKey(lane.State.Lane, ordinal)))
        {
            return;
        }

        _cause = SegmentChangeCause.Time;
        while (Dues[ordinal] < now.UnixMs)
        {
            var at = Instant.FromUnixMs(Dues[ordinal]);
            Evaluate(plan, ordinal, [], at);
            Flush(at);
        }
    }

    /// <summary>Answers atoms of a profile, and finds which segments that changes.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="ordinal">The profile.</param>
    /// <param name="atoms">The atoms that may be different; those that are due are added.</param>
    /// <param name="at">T.</param>
    /// <param name="segments">Segments to look at in any case.</param>
    private void Evaluate(LivePlan plan, int ordinal, ReadOnlySpan<ulong> atoms, Instant at, ReadOnlySpan<ulong> segments = default)
    {
        var history = Begin(plan, ordinal, atoms, at, segments, out var next);
        if (history is null)
        {
            return;
        }

        var isAll = IsAll(plan);
        Mask.Remove(_asked, plan.FailedAtoms);
        next = Math.Min(next, AnswerWindows(plan, history, at.UnixMs));
        next = Math.Min(next, AnswerOthers(plan, history, new EvaluationContext(history, at, store.Zone), isAll, isNew: !segments.IsEmpty));
        _answers.CopyFrom(ordinal, _new);
        for (var plane = 0; plane < plan.AtomPlanes; plane++)
        {
            for (var word = (_old[plane] ^ _new[plane]) & _asked[plane]; word != 0; word &= word - 1)
            {
                Mask.Add(_changed, plan.SegmentsOf((plane * Mask.Bits) + BitOperations.TrailingZeroCount(word)));
            }
        }

        Decide(plan, ordinal, exists: true);
        SetDue(ordinal, next);
    }

    // Whom nothing is known of, and who has something dated in the future that is due, is asked everything.
    private LaneHistory? Begin(
        LivePlan plan, int ordinal, ReadOnlySpan<ulong> atoms, Instant at, ReadOnlySpan<ulong> segments, out long next)
    {
        next = ProfileDues.Never;
        ref readonly var slot = ref lane.State.Profiles[ordinal];
        if (slot.Has(SlotFlags.Erased) || slot.Has(SlotFlags.Object))
        {
            Dues.Set(ordinal, ProfileDues.Never);
            return null;
        }

        Ready(ref _changed, plan.Planes);
        Ready(ref _asked, plan.AtomPlanes);
        Ready(ref _old, plan.AtomPlanes);
        Ready(ref _new, plan.AtomPlanes);
        var history = lane.HistoryUnderGate(new ProfileKey(lane.State.Lane, ordinal));
        if (history.Created > at)
        {
            _known.Set(0, ordinal, false);
            plan.All.CopyTo(_changed, 0);
            Decide(plan, ordinal, exists: false);
            SetDue(ordinal, history.Created == Instant.MaxValue ? ProfileDues.Never : history.Created.UnixMs);
            return null;
        }

        Mask.Add(_asked, atoms);
        Mask.Add(_changed, segments);
        var due = Dues[ordinal];
        var isDue = due <= at.UnixMs;
        if (!_known.Has(0, ordinal))
        {
            _known.Set(0, ordinal, true);
            plan.All.CopyTo(_changed, 0);
            plan.Atoms.CopyTo(_asked, 0);
        }
        else if (isDue)
        {
            Mask.Add(_asked, _future.Has(0, ordinal) ? plan.Atoms : plan.TimedAtoms);
        }

        next = isDue || IsAll(plan) ? ProfileDues.Never : due;
        _answers.CopyTo(ordinal, _old);
        _answers.CopyTo(ordinal, _new);
        return history;
    }

    private bool IsAll(LivePlan plan) => _asked.AsSpan().SequenceEqual(plan.Atoms);

    private long AnswerWindows(LivePlan plan, LaneHistory history, long at)
    {
        var next = ProfileDues.Never;
        foreach (var windows in plan.Windows)
        {
            if (!Mask.Meet(_asked, windows.Atoms))
            {
                continue;
            }

            try
            {
                next = Math.Min(next, windows.Answer(_asked, _new, history, at, _events));
            }
            catch (Exception fault) when (DefinitionFault.Is(fault))
            {
                Fail(plan, [.. Mask.Numbers(windows.Atoms)], history, fault);
            }
        }

        return next;
    }

    // An atom that time does not change has a boundary where something is dated in the future. Who writes that asks everything,
    // and so it is known, but for atoms that are new.
    private long AnswerOthers(LivePlan plan, LaneHistory history, in EvaluationContext context, bool isAll, bool isNew)
    {
        var (next, isFuture) = (ProfileDues.Never, false);
        for (var plane = 0; plane < plan.AtomPlanes; plane++)
        {
            for (var word = _asked[plane] & plan.OtherAtoms[plane]; word != 0; word &= word - 1)
            {
                var bit = BitOperations.TrailingZeroCount(word);
                var isTimed = (plan.TimedAtoms[plane] >> bit & 1) != 0;
                var boundary = Answer(plan, (plane * Mask.Bits) + bit, history, context, withBoundary: isTimed || isAll || isNew);
                next = Math.Min(next, boundary);
                isFuture |= !isTimed && boundary != ProfileDues.Never;
            }
        }

        if (isAll || isNew)
        {
            var ordinal = history.Root.Ordinal;
            isFuture |= HasEventAfter(plan, history, context.At.UnixMs) || (!isAll && _future.Has(0, ordinal));
            _future.Set(0, ordinal, isFuture);
        }

        return next;
    }

    private long Answer(LivePlan plan, int number, LaneHistory history, in EvaluationContext context, bool withBoundary)
    {
        var atom = plan.Atom(number);
        try
        {
            var (plane, bit) = (number / Mask.Bits, 1UL << (number % Mask.Bits));
            _new[plane] = atom.Holds(context) ? _new[plane] | bit : _new[plane] & ~bit;
            return withBoundary && atom.NextBoundary(context) is { } boundary ? boundary.UnixMs : ProfileDues.Never;
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            Fail(plan, [number], history, fault);
            return ProfileDues.Never;
        }
    }

    private void Fail(LivePlan plan, int[] atoms, LaneHistory history, Exception fault) =>
        _failed.AddRange(plan.Fail(atoms, $"It could not be evaluated for the profile {history.Id}: {fault.GetType().Name}: {fault.Message}"));

    // Sums and counts of all time change by time only when an event is still to come.
    private bool HasEventAfter(LivePlan plan, LaneHistory history, long at)
    {
        foreach (var windows in plan.Windows)
        {
            if (!Mask.Meet(windows.Atoms, plan.FailedAtoms) && windows.HasEventAfter(history, at, _events))
            {
                return true;
            }
        }

        return false;
    }

    private void Decide(LivePlan plan, int ordinal, bool exists)
    {
        for (var plane = 0; plane < plan.Planes; plane++)
        {
            for (var word = _changed[plane] & plan.All[plane] & ~plan.Failed[plane]; word != 0; word &= word - 1)
            {
                var segment = (plane * Mask.Bits) + BitOperations.TrailingZeroCount(word);
                var holds = exists && plan.Expression(segment).Holds(_new);
                if (plan.IsBuilding(segment))
                {
                    Shadow.Set(segment, ordinal, holds);
                }
                else if (Memberships.Members.Has(segment, ordinal) != holds)
                {
                    _flips.Add(segment, ordinal, holds, _cause);
                }
            }
        }
    }

    private void SetDue(int ordinal, long due)
    {
        Dues.Set(ordinal, due);
        if (due != ProfileDues.Never)
        {
            store.LiveSignal.Arm(Instant.FromUnixMs(due));
        }
    }

    private static void Ready(ref ulong[] words, int count)
    {
        if (words.Length != count)
        {
            words = new ulong[count];
        }
        else
        {
            words.AsSpan().Clear();
        }
    }

    // A profile that was merged into another or erased is no member of anything as itself.
    private void LeaveAll(int ordinal, SegmentChangeCause cause)
    {
        _known.Set(0, ordinal, false);
        for (var plane = 0; plane < Memberships.Members.Planes; plane++)
        {
            for (var word = Memberships.Members.Word(plane, ordinal); word != 0; word &= word - 1)
            {
                _flips.Add((plane * BitColumns.SegmentsInWord) + BitOperations.TrailingZeroCount(word), ordinal, false, cause);
            }
        }

        Shadow.ClearProfile(ordinal);
        Dues.Set(ordinal, ProfileDues.Never);
    }

    private void Flush(Instant at, int builtFor = -1, int[]? built = null)
    {
        if (_flips.Count > 0 || built is not null)
        {
            _flips.Write(at.UnixMs, builtFor, built, Append);
            lane.TellChangesUnderGate(_flips, at);
            _flips.Clear();
        }

        if (_failed.Count > 0)
        {
            _flips.Write(at.UnixMs, Memberships.Unknown, CollectionsMarshal.AsSpan(_failed), Append);
            _failed.Clear();
        }
    }

    private void Append(ReadOnlySpan<byte> payload)
    {
        lane.AppendUnderGate(RecordKind.Membership, payload);
        Memberships.Apply(MembershipRecord.Read(payload), isKnown: null, isCounted: false);
    }
}
