using System.Runtime.CompilerServices;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Live;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;
using Klaviyo.Storage.Timers;

namespace Klaviyo.Storage.Lanes;

// Segments by name are kept current: what a write changes is found before its gate is left, what time changes when it is due.
// One worker in the background builds segments that were defined and looks after what is due.
internal sealed partial class Store
{
    // Some hundred microseconds under the gate, and not much more where one profile takes long.
    private static readonly TimeSpan StepLength = TimeSpan.FromMilliseconds(1);
    private const int DueInStep = 128;
    private const int TimersInStep = 1024;
    private const int BuildInStep = 64;

    private readonly CancellationTokenSource _segmentsClosing = new();
    private readonly System.Threading.Lock _building = new();
    private readonly System.Threading.Lock _workerGate = new();
    private readonly Dictionary<Condition, int> _atoms = [];
    private Task? _segmentWorker;
    private bool _foundByQuestions;
    private Exception? _segmentFault;
    private long _builtProfiles;
    private long _profilesToBuild;
    private long _segmentsSawMs = long.MinValue;

    /// <summary>Gets which segments are kept current; null for none.</summary>
    /// <remarks>Changed under every gate.</remarks>
    internal LivePlan? Plan { get; private set; }

    /// <summary>Gets what wakes the worker.</summary>
    internal WakeSignal LiveSignal { get; } = new();

    /// <summary>Gets why the worker has stopped; null while it works.</summary>
    internal string? SegmentFault => Volatile.Read(ref _segmentFault)?.Message;

    /// <summary>Gets how much of the segments that are being built is done, 0 to 1.</summary>
    internal double BuildProgress =>
        Interlocked.Read(ref _profilesToBuild) is > 0 and var all ? Math.Min(1, Interlocked.Read(ref _builtProfiles) / (double)all) : 1;

    /// <summary>Gets the instant at which segments stand: the latest time of the clock that they have seen.</summary>
    /// <remarks>
    /// A clock may be set back. Who has entered and left by time stays so, and what is written meanwhile counts at that instant.
    /// </remarks>
    internal Instant SegmentNow(Instant clock)
    {
        var ms = Math.Max(clock.UnixMs, Volatile.Read(ref _segmentsSawMs));
        foreach (var lane in _lanes)
        {
            ms = Math.Max(ms, lane.State.Memberships.ClockMs);
        }

        // Another thread may have seen a later one meanwhile, which then stays.
        var seen = Volatile.Read(ref _segmentsSawMs);
        while (seen < ms && Interlocked.CompareExchange(ref _segmentsSawMs, ms, seen) is var before && before != seen)
        {
            seen = before;
        }

        return Instant.FromUnixMs(Math.Max(seen, ms));
    }

    /// <summary>Finds a segment whose members are known, but for what time has changed since somebody looked.</summary>
    internal bool TryFindLive(string name, out int segment)
    {
        segment = -1;
        return Plan is { } plan && plan.TryFind(name, out segment);
    }

    /// <summary>Tells whether a profile is a member now; null where that has to be evaluated.</summary>
    internal bool? IsMember(in Identifier profile, string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!State.TryFind(profile, out var found))
        {
            // Nobody is in a segment that there is; whether there is one of which no members are known, its definition tells.
            return TryFindLive(name, out _) ? false : null;
        }

        // A bit that nobody changes meanwhile needs no gate.
        if (_lanes[found.Lane].TryLook(out var version) && State.Merges.Root(found) is var near && near.Lane == found.Lane)
        {
            var isMember = IsMember(near, name);
            if (_lanes[found.Lane].IsStill(version))
            {
                return isMember;
            }
        }

        using var gate = Enter(found.Lane);
        return IsMember(State.Merges.Root(found), name);
    }

    private bool? IsMember(ProfileKey root, string name)
    {
        var live = _lanes[root.Lane].Live;
        return TryFindLive(name, out var segment) && live.Dues[root.Ordinal] > live.Now(Now).UnixMs
            ? live.Memberships.Members.Has(segment, root.Ordinal)
            : null;
    }

    /// <summary>Counts the members now; null where that has to be evaluated.</summary>
    internal long? CountMembers(string name)
    {
        if (!TryCatchUp())
        {
            return null;
        }

        using var gate = EnterAll();
        CatchUpUnderAllGates();
        return TryFindLive(name, out var segment)
            ? _lanes.Sum(l => l.Live.Memberships.Members.Count(segment))
            : null;
    }

    /// <summary>Gets members behind one, ordered by id; null where they have to be evaluated.</summary>
    internal List<ProfileId>? Members(string name, ProfileId? after, int limit)
    {
        if (!TryCatchUp())
        {
            return null;
        }

        using var gate = EnterAll();
        CatchUpUnderAllGates();
        if (!TryFindLive(name, out var segment))
        {
            return null;
        }

        // Ids ascend with the ordinal first, then with the lane.
        var (found, last) = (new List<ProfileId>(), after?.Value ?? long.MinValue);
        var first = after is { } a ? ProfileKey.Of(a).Ordinal : 0;
        var end = _lanes.Max(l => l.State.Profiles.Count);
        for (var ordinal = first; ordinal < end && found.Count < limit; ordinal++)
        {
            foreach (var lane in _lanes)
            {
                var id = new ProfileKey(lane.State.Lane, ordinal).Id;
                if (id.Value > last && found.Count < limit && lane.Live.Memberships.Members.Has(segment, ordinal))
                {
                    found.Add(id);
                }
            }
        }

        return found;
    }

    /// <summary>Counts the members that two segments have in common; null where that has to be evaluated.</summary>
    internal long? CountOverlap(string one, string other)
    {
        if (!TryCatchUp())
        {
            return null;
        }

        using var gate = EnterAll();
        CatchUpUnderAllGates();
        if (!TryFindLive(one, out var first) || !TryFindLive(other, out var second))
        {
            return null;
        }

        var count = 0L;
        foreach (var lane in _lanes)
        {
            var members = lane.Live.Memberships.Members;
            for (var ordinal = 0; ordinal < lane.State.Profiles.Count; ordinal++)
            {
                count += members.Has(first, ordinal) && members.Has(second, ordinal) ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>Gets by how much the number of members changed in each hour in which it did, in order.</summary>
    internal SortedDictionary<int, long> HourlyChanges(string name)
    {
        _ = TryCatchUp();
        using var gate = EnterAll();
        var changes = new SortedDictionary<int, long>();
        if (State.Definitions.TryGetNumber(name, out var segment))
        {
            foreach (var (hour, change) in _lanes.SelectMany(l => l.Live.Memberships.Hours(segment)))
            {
                changes[hour] = changes.GetValueOrDefault(hour) + change;
            }
        }

        return changes;
    }

    internal SegmentStatus? SegmentStatus(string name)
    {
        SegmentDefinition? definition;
        string? unreadable;
        using (EnterAll())
        {
            (definition, unreadable) = (State.Definitions.Segment(name), State.Definitions.FaultOf(name));
        }

        if (definition is null)
        {
            return unreadable is null ? null : new SegmentStatus(name, null, false, 0, null, unreadable);
        }

        var members = CountMembers(name);
        return new SegmentStatus(name, definition, members is not null, members is null ? BuildProgress : 1, members, FaultOfSegment(name));
    }

    /// <summary>Gets why a segment is not kept current; null where it is, or is being built.</summary>
    internal string? FaultOfSegment(string name) => Plan?.FaultOf(name) ?? SegmentFault;

    /// <summary>Finds what time has changed by now, and builds what was defined.</summary>
    /// <returns>How many profiles were looked at. What was found is not yet durable.</returns>
    internal long RunSegments()
    {
        return BuildSegments() + CatchUp();
    }

    /// <summary>Gets when the segments have to be looked at again; null where time changes nothing.</summary>
    internal Instant? NextSegmentWake()
    {
        Instant? next = null;
        for (var lane = 0; lane < _lanes.Length && Plan is not null; lane++)
        {
            using var gate = Enter(lane);
            if (_lanes[lane].Live.Dues.NextWake is { } wake && (next is null || wake < next))
            {
                next = wake;
            }
        }

        return next;
    }

    /// <summary>Removes a segment and everybody's membership. It is not yet durable.</summary>
    internal void RemoveSegment(string name)
    {
        ThrowIfReadOnly();
        CatchUp();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            if (!State.Definitions.TryGetNumber(name, out var segment))
            {
                return;
            }

            string[] segments = [.. State.Definitions.Dependents(name).Order(StringComparer.Ordinal)];
            string[] flows = Extension is { } extension ? [.. extension.AskersOf(name).Order(StringComparer.Ordinal)] : [];
            if (segments.Length + flows.Length > 0)
            {
                throw new SegmentInUseException(name, segments, flows);
            }

            try
            {
                CatchUpUnderAllGates();
                DefineUnderAllGates(new DefinitionRecord(StoreDefinition.Segment, name, "", Now), segment: null);
                foreach (var lane in _lanes)
                {
                    lane.Live.Remove(segment, State.Definitions.All.Count, lane.Live.Now(Now));
                }

                PlanUnderAllGates();
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }
    }

    /// <summary>Follows who enters and leaves segments.</summary>
    internal async IAsyncEnumerable<SegmentChange> FollowSegmentsAsync(
        string? name, StorePosition? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (places, skip) = (PlacesOf(from), from?.Skip);
        while (true)
        {
            var pulse = Commits.NextPulse;
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (var change in ReadChanges(places, skip, name, cancellationToken))
            {
                yield return change;
            }

            skip = null;
            await pulse.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gets the changes that are durable now.</summary>
    internal IEnumerable<SegmentChange> DurableChanges(string? name, StorePosition? from) =>
        ReadChanges(PlacesOf(from), from?.Skip, name, CancellationToken.None);

    /// <summary>Starts the worker where there is something to look after.</summary>
    internal void StartSegmentWorker()
    {
        if (!_options.BackgroundSegments || Plan is null)
        {
            return;
        }

        lock (_workerGate)
        {
            _segmentWorker ??= Task.Run(() => WorkAsync(_segmentsClosing.Token), CancellationToken.None);
        }

        LiveSignal.Wake();
    }

    // What is due now and then is soon done. What takes long keeps no thread of the pool from those who wait for one.
    private async Task<long> RunSegmentsAsync()
    {
        var (done, more) = (0L, Plan is { } plan && plan.BuildingNumbers.Any());
        for (var lane = 0; lane < _lanes.Length && Plan is not null; lane++)
        {
            var (taken, maybe) = TakeDue(lane);
            (done, more) = (done + taken, more | maybe);
        }

        return !more ? done : done + await Task.Factory.StartNew(
            RunSegments, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    private async Task StopSegmentWorkerAsync()
    {
        await _segmentsClosing.CancelAsync().ConfigureAwait(false);
        if (_segmentWorker is { } worker)
        {
            await worker.ConfigureAwait(false);
        }
    }

    private async Task WorkAsync(CancellationToken closing)
    {
        try
        {
            while (true)
            {
                LiveSignal.Prepare();
                var found = Interlocked.Exchange(ref _foundByQuestions, false);
                if (await RunSegmentsAsync().ConfigureAwait(false) > 0 || found)
                {
                    await CommitAsync(closing).ConfigureAwait(false);
                }

                await LiveSignal.SleepAsync(NextSegmentWake(), Clock, closing).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The store is being closed: what is due then is found after the next opening, with the same instants.
        }
        catch (Exception fault) when (fault is IOException or StoreCorruptedException or StorePoisonedException or ObjectDisposedException)
        {
            // Questions are evaluated from then on; the status of every segment says why.
            Volatile.Write(ref _segmentFault, fault);
        }
    }

    private bool TryCatchUp()
    {
        if (Plan is null || _log.Fault is not null)
        {
            return false;
        }

        // What a question has found nobody waits to be durable: the worker sees to that.
        if (CatchUp() > 0)
        {
            Volatile.Write(ref _foundByQuestions, true);
            LiveSignal.Wake();
        }

        return true;
    }

    private long CatchUp()
    {
        var all = 0L;
        for (var lane = 0; lane < _lanes.Length && Plan is not null; lane++)
        {
            for (var (taken, more) = (0, true); more && !_segmentsClosing.IsCancellationRequested; all += taken)
            {
                (taken, more) = TakeDue(lane);
                LetOthersIn(lane);
            }
        }

        return all;
    }

    private (int Taken, bool MayBeMore) TakeDue(int lane)
    {
        using var gate = Enter(lane);
        try
        {
            var taken = _lanes[lane].Live.TakeDue(_lanes[lane].Live.Now(Now), DueInStep, TimersInStep, StepLength);
            SettleSegmentsUnderGate(lane);
            SettleUnderGate(lane);
            return taken;
        }
        catch (Exception fault) when (PoisonsUnderGate(fault))
        {
            throw;
        }
    }

    // Most is done before the gates are entered, so this finds what became due in between.
    private void CatchUpUnderAllGates()
    {
        foreach (var lane in _lanes)
        {
            lane.Live.TakeDue(lane.Live.Now(Now), int.MaxValue, int.MaxValue, TimeSpan.MaxValue);
        }

        SettleSegmentsUnderAllGates();
    }

    /// <summary>Makes the plan anew after something was defined.</summary>
    /// <remarks>What is only read keeps nothing current: that would write.</remarks>
    private void PlanUnderAllGates()
    {
        var definitions = State.Definitions;
        NoteZoneUnderAllGates();
        Plan = definitions.Segments.Count == 0 || _isReadOnly
            ? null
            : new LivePlan(definitions, _atoms, segment => _lanes.Min(l => l.State.Memberships.BuiltFor(segment)), Zone);
        foreach (var lane in _lanes)
        {
            foreach (var segment in Plan?.BuildingNumbers ?? [])
            {
                lane.Live.ForgetShadow(segment);
            }

            // Whoever can evaluate them again is to find their members anew.
            int[] failed = _isReadOnly ? [] : [.. definitions.UnreadableNumbers, .. Plan?.FailedNumbers ?? []];
            if (failed.Length > 0)
            {
                lane.Live.Forget(failed, lane.Live.Now(Now));
            }
        }
    }

    // The zone is an option of the opening, and who is in which segment depends on it: where it is another than before, all are built
    // again. That is in the log, so that a replay knows of which zone the memberships are that follow.
    private void NoteZoneUnderAllGates()
    {
        if (State.Definitions.Segments.Count > 0 && !_isReadOnly && State.Definitions.Zone != Zone.Name)
        {
            DefineUnderAllGates(new DefinitionRecord(StoreDefinition.Zone, "", Zone.Name, Now), segment: null);
        }
    }

    // What a build has found is to be made durable like what time has changed, so it counts.
    private long BuildSegments()
    {
        var all = 0L;
        lock (_building)
        {
            while (Plan is { } plan && plan.BuildingNumbers.Any() && !_segmentsClosing.IsCancellationRequested)
            {
                if (TryBuild(plan))
                {
                    TrySwap(plan);
                    all += Math.Max(1, Interlocked.Read(ref _profilesToBuild));
                }
            }
        }

        return all;
    }

    private bool TryBuild(LivePlan plan)
    {
        Interlocked.Exchange(ref _builtProfiles, 0);
        Interlocked.Exchange(ref _profilesToBuild, Enumerable.Range(0, _lanes.Length).Sum(l => (long)ProfileCount(l)));
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            for (var next = (int?)0; next is { } first;)
            {
                if (_segmentsClosing.IsCancellationRequested || Plan != plan || !plan.BuildingNumbers.Any())
                {
                    return false;
                }

                next = BuildStep(plan, lane, first);
                LetOthersIn(lane);
                Interlocked.Add(ref _builtProfiles, (next ?? _lanes[lane].State.Profiles.Count) - first);
            }
        }

        return true;
    }

    // Where the next step begins; null where there is none.
    private int? BuildStep(LivePlan plan, int number, int first)
    {
        var lane = _lanes[number];
        using var gate = Enter(number);
        var (ordinal, count, began) = (first, lane.State.Profiles.Count, Clock.GetTimestamp());
        for (var end = Math.Min(first + BuildInStep, count); ordinal < end && (ordinal == first || Clock.GetElapsedTime(began) < StepLength); ordinal++)
        {
            if (!State.Merges.IsSource(new ProfileKey(lane.State.Lane, ordinal)))
            {
                lane.Live.Build(plan, ordinal, lane.Live.Now(Now));
            }
        }

        SettleUnderGate(number);
        return ordinal < count ? ordinal : null;
    }

    private void TrySwap(LivePlan plan)
    {
        CatchUp();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            if (Plan != plan)
            {
                return;
            }

            try
            {
                CatchUpUnderAllGates();
                if (!plan.BuildingNumbers.Any())
                {
                    return;
                }

                foreach (var lane in _lanes)
                {
                    lane.Live.Swap(plan, lane.Live.Now(Now));
                }

                PlanUnderAllGates();
                SettleSegmentsUnderAllGates();
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }
    }

    private void SettleSegmentsUnderGate(int lane)
    {
        if (State.SpansLanes)
        {
            SettleSegmentsUnderAllGates();
            return;
        }

        while (_lanes[lane].Live.Settle(_lanes[lane].Live.Now(Now)))
        {
        }
    }

    private void SettleSegmentsUnderAllGates()
    {
        for (var more = true; more;)
        {
            more = false;
            foreach (var lane in _lanes)
            {
                more |= lane.Live.Settle(lane.Live.Now(Now));
            }
        }
    }

    private IEnumerable<SegmentChange> ReadChanges(
        long[] places, PositionSkip? skip, string? name, CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
        {
            var until = _log.Durable[lane.State.Lane].Until;
            using var scan = lane.Log.Scan(new LogAddress(places[lane.State.Lane]), until);
            for (var moved = false; scan.MoveNext(); moved = true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var record = scan.Current;
                if ((RecordKind)record.Kind is RecordKind.Membership or RecordKind.Erase)
                {
                    var here = new StorePosition([.. places]);
                    var behind = new StorePosition([.. places.Select((p, i) => i == lane.State.Lane ? scan.Next.Value : p)]);
                    var seen = skip is { } s && s.Lane == lane.State.Lane && !moved ? s.Count : 0;
                    var changes = (RecordKind)record.Kind == RecordKind.Erase
                        ? ChangesByErasing(lane, EraseRecord.Read(record.Payload), seen, here, behind)
                        : Changes(lane, record.Payload.Span, seen, here, behind);
                    foreach (var change in changes)
                    {
                        if (name is null || change.Segment == name)
                        {
                            yield return change;
                        }
                    }
                }

                places[lane.State.Lane] = scan.Next.Value;
            }
        }
    }

    // Whatever a reader has heard of an erased profile, and whatever of that is hidden or gone by now: it is in no segment.
    private List<SegmentChange> ChangesByErasing(Lane lane, in EraseRecord erase, int seen, StorePosition here, StorePosition behind)
    {
        using var gate = Enter(lane.State.Lane);
        var (names, changes) = (State.Definitions.SegmentNames, new List<SegmentChange>());
        for (var i = seen; i < names.Count; i++)
        {
            changes.Add(new SegmentChange(
                names[i],
                new ProfileKey(lane.State.Lane, erase.Profile).Id,
                Entered: false,
                Instant.FromUnixMs(erase.TimeMs),
                SegmentChangeCause.Erase,
                i == names.Count - 1 ? behind : here.Behind(lane.State.Lane, i + 1)));
        }

        return changes;
    }

    // Of the erased nothing else is told.
    private List<SegmentChange> Changes(Lane lane, ReadOnlySpan<byte> payload, int seen, StorePosition here, StorePosition behind)
    {
        using var gate = Enter(lane.State.Lane);
        var (changes, count) = (new List<SegmentChange>(), 0);
        var record = MembershipRecord.Read(payload);
        var offset = MembershipRecord.HeadBytes;
        for (var i = 0; i < record.Groups; i++)
        {
            var group = record.Next(ref offset);
            for (var k = 0; k < group.Count; k++)
            {
                if (++count > seen
                    && group[k] != MembershipRecord.Nobody
                    && !lane.State.Profiles[group[k]].Has(SlotFlags.Erased))
                {
                    changes.Add(new SegmentChange(
                        State.Definitions.SegmentNames[group.Segment],
                        new ProfileKey(lane.State.Lane, group[k]).Id,
                        k < group.Entered,
                        Instant.FromUnixMs(record.AtMs),
                        record.Cause,
                        here.Behind(lane.State.Lane, count)));
                }
            }
        }

        if (changes.Count > 0)
        {
            changes[^1] = changes[^1] with { Next = behind };
        }

        return changes;
    }
}
