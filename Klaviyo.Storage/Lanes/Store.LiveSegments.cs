using Klaviyo.Storage.Index;
using Klaviyo.Storage.Live;
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
    private const double ProgressMax = 0.99;

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

    /// <summary>Gets how much of the segments that are being built is done: 0 before that begins, and below 1 until they are ready.</summary>
    internal double BuildProgress =>
        Interlocked.Read(ref _profilesToBuild) is > 0 and var all
            ? Math.Min(ProgressMax, Interlocked.Read(ref _builtProfiles) / (double)all)
            : 0;

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

        // What is to be built begins anew with each plan.
        Interlocked.Exchange(ref _profilesToBuild, 0);
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
                    all += Math.Max(1, Interlocked.Read(ref _profilesToBuild));
                    TrySwap(plan);
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
}
