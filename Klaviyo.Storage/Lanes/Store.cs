using System.Diagnostics.CodeAnalysis;
using System.Text;
using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Import;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;
using Klaviyo.Storage.Salvage;
using Klaviyo.Storage.Telemetry;

namespace Klaviyo.Storage.Lanes;

/// <summary>An open store: the log, the lanes, the commit, the checkpoints.</summary>
/// <remarks>
/// <para>The gates: every lane has one; identities have one of their own, which is entered before any lane's. A write to
/// a known profile enters its lane only. What creates, joins or names profiles, and every batch, enters all.</para>
/// <para>A commit takes its cut while it holds every gate, so a batch is durable as a whole or not at all, and so is an
/// event with all that followed from it.</para>
/// </remarks>
/// <threadsafety>All members are safe for concurrent use unless their name ends in <c>UnderGate</c>.</threadsafety>
internal sealed partial class Store : IImportSink, IDisposable
{
    private static readonly TimeSpan LettingInMax = TimeSpan.FromMilliseconds(20);

    private const int LettingInSpinsMax = 1000;
    private const string ColdName = "cold";
    private const long IdentifierFileBytes = 8 << 20;

    private readonly System.Threading.Lock _identityGate = new();
    private readonly CustomerDatabaseOptions _options;
    private readonly Func<IStoreExtension>? _createExtension;
    private readonly IStorageFiles _files;
    private readonly EventLog _log;

    // Each record of a write lies in one page of the log.
    private readonly int _writeBytesMax;
    private readonly ChunkSet _chunks = null!;

    // All that is derived; made anew, while the store is being opened, for every checkpoint that is tried.
    private IStoreExtension? _extension;
    private Lane[] _lanes;
    private BatchForesight _foresight;
    private BatchEncoder? _encoder;
    private readonly StoreMeter _meter;
    private readonly bool _isReadOnly;
    private bool _disposed;

    private Store(
        IStorageFiles files, CustomerDatabaseOptions options, Func<IStoreExtension>? createExtension, bool isReadOnly = false)
    {
        (_files, _options, _createExtension, _isReadOnly) = (files, options, createExtension, isReadOnly);
        Zone = AccountZone.Of(options.TimeZone);
        _log = EventLog.Open(new EventLogOptions
        {
            Files = files,
            LaneCount = options.Lanes,
            StoreId = NewStoreId(),
            CreatedMs = Now.UnixMs,
            PageBytes = options.LogPageBytes,
            SegmentBytes = options.LogSegmentBytes,
            MemoryBytes = LogBytes(options.MemoryBytesMax),
            IsSalvaged = isReadOnly,
        });
        _writeBytesMax = Math.Min(EventLimits.EncodedBytesMax, _log.Lanes[0].PayloadBytesMax - EventLimits.HeadBytes);
        try
        {
            _meter = new StoreMeter(this);
            _chunks = new ChunkSet(new ChunkOptions(
                files, _log, options.ChunkLogBytes, ChunkCacheBytes(options), options.Clock, options.RunBeside));
            BeginEmpty();
            Commits = new GroupCommit(_log, CutUnderAllGates, Clock, _meter);
            Recover();
            _meter.Observe();
        }
        catch
        {
            _meter?.Dispose();
            _chunks?.Dispose();
            State?.Dispose();
            _log.Dispose();
            throw;
        }
    }

    internal AccountZone Zone { get; }

    internal TimeProvider Clock => _options.Clock;

    /// <summary>Gets the clock's time.</summary>
    internal Instant Now => Clock.GetUtcNow();

    internal Guid Id => _log.Manifest.StoreId;

    /// <summary>Gets the id of the store in which a line of forks began: hashes of identifiers that are kept depend on it.</summary>
    internal Guid OriginId => _log.Manifest.OriginId;

    internal int LaneCount => _lanes.Length;

    internal IReadOnlyList<Lane> Lanes => _lanes;

    internal StoreState State { get; private set; }

    /// <summary>Gets what a library above keeps in this store; null where there is none.</summary>
    internal IStoreExtension? Extension => _extension;

    internal GroupCommit Commits { get; }

    internal EventLog Log => _log;

    /// <summary>Gets the column chunks: what reports and filters on event properties read.</summary>
    internal ChunkSet Chunks => _chunks;

    /// <summary>Gets why the last checkpoint that the store wanted to write by itself was not written; null if it was.</summary>
    internal Exception? CheckpointFault { get; private set; }

    /// <summary>Gets what tells of a lane and an ordinal whether reports pass the profile over; null for nobody.</summary>
    /// <remarks>
    /// The erased, and accounts and custom objects. May be asked without a gate: a profile that is erased meanwhile is still
    /// there or already gone.
    /// </remarks>
    internal Func<int, int, bool>? IsPassedOver =>
        _lanes.Any(l => l.State.Profiles.ErasedCount + l.State.Profiles.Objects > 0)
            ? (lane, ordinal) => new ProfileKey(lane, ordinal) is var p && (State.IsErased(p) || State.IsObject(p))
            : null;

    /// <summary>Gets what opening had to do.</summary>
    internal RecoveryReport Recovery { get; private set; }

    internal static Store Open(string path, CustomerDatabaseOptions options, Func<IStoreExtension>? createExtension = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.Files is null)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
        }

        var store = new Store(options.Files ?? new PhysicalFiles(path), options, createExtension);
        store.StartSegmentWorker();
        return store;
    }

    /// <summary>Completes when all that was applied before the call is durable.</summary>
    public async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        await Commits.CommitAsync(cancellationToken).ConfigureAwait(false);
        _chunks.Maker.Wake();
        await CheckpointIfDueAsync().ConfigureAwait(false);
    }

    /// <summary>Runs work under a lane's gate. What it appends is applied, not yet durable.</summary>
    internal void Run(int lane, Action<ILaneScope> work)
    {
        ThrowIfReadOnly();
        using var gate = Enter(lane);
        try
        {
            work(_lanes[lane]);
            SettleSegmentsUnderGate(lane);
            SettleUnderGate(lane);
        }
        catch (Exception fault) when (PoisonsUnderGate(fault))
        {
            throw;
        }
    }

    /// <summary>Lets those in who wait at a gate, for a short while: a gate that is entered again at once lets nobody in.</summary>
    /// <remarks>For who works in steps, between them. It holds no gate. Where nobody waits it costs nothing.</remarks>
    internal void LetOthersIn()
    {
        foreach (var lane in _lanes)
        {
            LetOthersIn(lane.State.Lane);
        }
    }

    /// <summary>Lets those in who wait at a lane's gate, and a commit that is under way go on.</summary>
    internal void LetOthersIn(int lane)
    {
        GiveWay();
        var began = Clock.GetTimestamp();
        var spin = default(SpinWait);
        while (_lanes[lane].IsWaitedFor && spin.Count < LettingInSpinsMax && Clock.GetElapsedTime(began) < LettingInMax)
        {
            spin.SpinOnce(sleep1Threshold: 20);
        }
    }

    /// <summary>Lets the thread of a commit that is under way go first, where both share a core.</summary>
    internal void GiveWay()
    {
        if (Commits.IsUnderWay)
        {
            Thread.Yield();
        }
    }

    /// <summary>Finds a profile, and names the lane and ordinal of the one that answers for it.</summary>
    internal bool TryFind(Identifier identifier, out int lane, out int ordinal)
    {
        using var gate = EnterAll();
        var known = State.TryFind(identifier, out var profile);
        (lane, ordinal) = known ? State.Merges.Root(profile) : new ProfileKey(-1, -1);
        return known;
    }

    internal int ProfileCount(int lane)
    {
        using var gate = Enter(lane);
        return _lanes[lane].State.Profiles.Count;
    }

    /// <summary>Whether a profile is an account or custom object. The caller holds the lane's gate.</summary>
    internal bool IsObjectUnderGate(int lane, int ordinal) => State.IsObject(new ProfileKey(lane, ordinal));

    /// <summary>Whether a profile was erased. The caller holds the lane's gate.</summary>
    internal bool IsErasedUnderGate(int lane, int ordinal) => State.IsErased(new ProfileKey(lane, ordinal));

    /// <summary>Stores a definition and tells everyone who uses it.</summary>
    /// <exception cref="DefinitionException">A replay would refuse it.</exception>
    internal async ValueTask DefineAsync(string kind, string name, string definition, CancellationToken cancellationToken)
    {
        ThrowIfReadOnly();
        CatchUp();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            var segment = CheckDefinitionUnderAllGates(kind, name, definition);
            try
            {
                // What time has done until now is what the definitions until now say.
                CatchUpUnderAllGates();
                DefineUnderAllGates(new DefinitionRecord(kind, name, definition, Now), segment);
                PlanUnderAllGates();
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }

        StartSegmentWorker();
        await CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads with the gates that a profile needs.</summary>
    /// <returns>What <paramref name="read"/> returned, or the default where no profile has the identifier.</returns>
    internal TResult? Read<TArgument, TResult>(
        in Identifier profile, TArgument argument, Func<LaneHistory, TArgument, TResult> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!State.TryFind(profile, out var found))
        {
            return default;
        }

        using var gate = Enter(found.Lane);
        if (State.IsErased(found))
        {
            return default;
        }

        var answer = read(_lanes[found.Lane].HistoryUnderGate(found), argument);
        SettleUnderGate(found.Lane);
        return answer;
    }

    /// <summary>Enters a lane; all lanes, where one is not enough.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed, perhaps since the wait began.</exception>
    internal GateScope Enter(int lane)
    {
        if (!State.SpansLanes)
        {
            var scope = OfOpenStore(new GateScope(_lanes.AsSpan(lane, 1)));
            if (!State.SpansLanes)
            {
                return scope;
            }

            scope.Dispose();
        }

        return EnterAll();
    }

    /// <summary>Enters all lanes.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed, perhaps since the wait began.</exception>
    internal GateScope EnterAll() => OfOpenStore(new GateScope(_lanes));

    // Asked when the gates are held: who waited for them may have waited for the closing, and what they guard is gone then.
    private GateScope OfOpenStore(GateScope scope)
    {
        if (_disposed)
        {
            scope.Dispose();
            ObjectDisposedException.ThrowIf(_disposed, this);
        }

        return scope;
    }

    /// <summary>Tells the extension of the lane that the profile answers in; of an object, those of the profiles that are related to it.</summary>
    internal void Tell(ProfileKey root, in AppliedFact fact)
    {
        if (!State.IsObject(root))
        {
            _lanes[root.Lane].TellUnderGate(fact);
            return;
        }

        var happened = fact.Write.Time!.Value;
        _lanes[root.Lane].TellRelatedUnderGate(root.Ordinal, happened > fact.Received ? happened : fact.Received);
    }

    /// <summary>Tells the extension of the lane that a profile answers in of a change of its objects.</summary>
    internal void TellObjectsChanged(ProfileKey root, Instant at)
    {
        var lane = _lanes[root.Lane];
        if (!State.IsObject(root))
        {
            lane.Extension?.ObjectsChanged(root.Ordinal, at, lane);
        }
    }

    /// <summary>Commits, writes the closing checkpoint where there is something new and room for it, and closes.</summary>
    internal async ValueTask CloseAsync()
    {
        if (_disposed)
        {
            return;
        }

        await StopSegmentWorkerAsync().ConfigureAwait(false);
        try
        {
            if (_log.Fault is null && !_isReadOnly)
            {
                // Before the image, and whatever becomes of that.
                await Commits.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                await CheckpointAtCloseAsync().ConfigureAwait(false);
                _chunks.Maker.MakeAsAtRest();
                await _log.SealAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
        _segmentsClosing.Cancel();
        lock (_identityGate)
        {
            if (_disposed)
            {
                return;
            }

            // A checkpoint under way must not find the state gone. Who waits to begin one finds the store closed.
            _checkpointing.Wait();
            try
            {
                DisposeState();
                _chunks.Dispose();
                _log.Dispose();
                (_files as OverlaidFiles)?.Dispose();
                _below?.Dispose();
            }
            finally
            {
                _checkpointing.Release();
            }

            Commits.Pulse();
        }
    }

    private void DisposeState()
    {
        using var gate = EnterAll();
        _disposed = true;
        State.Dispose();
    }

    [MemberNotNull(nameof(State), nameof(_lanes), nameof(_foresight))]
    private void BeginEmpty()
    {
        State?.Dispose();
        State = NewState(ColdName);
        _foresight = new BatchForesight(State);

        // With several lanes, whose codes an event takes is known only with its profile.
        _encoder = _log.Lanes.Count == 1 && Environment.ProcessorCount > 1
            ? new BatchEncoder(State.Identifiers, State.Lanes[0].Names, _options.RunAhead, _writeBytesMax)
            : null;
        _lanes = [.. _log.Lanes.Select(l => new Lane(this, l, State.Lanes[l.Lane], NewHistory()))];
        _extension = _createExtension?.Invoke();
        foreach (var lane in _lanes)
        {
            lane.State.Profiles.Cold.BeginBehindOthers();
            lane.Extension = _extension?.CreateLane(lane.State.Lane);
        }
    }

    private LaneHistory NewHistory() => new(State, _log.Lanes) { Columns = new PropertyCursor(_chunks) };

    private static Guid NewStoreId()
    {
#pragma warning disable RS0030 // A store is named once, at its creation; nothing that replays depends on the name's value.
        return Guid.NewGuid();
#pragma warning restore RS0030
    }

    /// <summary>Makes an empty state whose cold files have names of their own.</summary>
    private StoreState NewState(string coldName)
    {
        return new StoreState(
            _log.Lanes.Count,
            Zone,
            OriginId,
            lane => NewColdFiles(lane, coldName),
            NewIdentifierRuns(coldName),
            _options.Environment);
    }

    private IdentifierRuns NewIdentifierRuns(string coldName) => new(
        _files,
        coldName == ColdName ? "identifiers." : $"{coldName}-identifiers.",
        RecordHeader.Seed(Id, lane: -1),
        IdentifierFileBytes);

    private ColdFiles NewColdFiles(int lane, string name) =>
        new(_files, $"lane-{lane}/{name}.", RecordHeader.Seed(Id, lane), _options.ColdFileBytes);

    /// <summary>Refuses a definition that could not be appended, or that the next opening would refuse.</summary>
    /// <returns>The segment, where it is one.</returns>
    private SegmentDefinition? CheckDefinitionUnderAllGates(string kind, string name, string definition)
    {
        if (!WellFormedText.Is(name) || !WellFormedText.Is(definition))
        {
            throw new DefinitionException(WellFormedText.Is(name) ? "$" : "$.name", WellFormedText.Missing);
        }

        if (Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(definition) > _log.Lanes[0].PayloadBytesMax - EventLimits.HeadBytes)
        {
            throw new DefinitionException("$", "is larger than a page of the log");
        }

        return State.Definitions.Check(kind, name, definition);
    }

    private void DefineUnderAllGates(DefinitionRecord record, SegmentDefinition? segment)
    {
        _lanes[0].AppendUnderGate(RecordKind.Definition, _lanes[0].Records.Definition(record));
        State.Definitions.Apply(record, segment);
        _extension?.Defined(record.Kind, record.Name, record.Text, record.At);
    }

    private LogCut CutUnderAllGates()
    {
        LookAtCollector();
        using var gate = EnterAll();
        return _log.CutToCommit();
    }
}

/// <summary>What the opening of a store had to do.</summary>
/// <param name="FromCheckpoint">Whether a checkpoint was good.</param>
/// <param name="RecordsReplayed">How many records of the log were read behind it.</param>
internal readonly record struct RecoveryReport(bool FromCheckpoint, long RecordsReplayed);
