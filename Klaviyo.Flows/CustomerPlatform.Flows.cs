using System.Globalization;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;
using Klaviyo.Json;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using FlowState = Klaviyo.Flows.Interpreter.LaneState;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
    private const int ScanStep = 1024;
    private const int CancelStep = 4096;

    /// <summary>Gets the flows, in the order in which they were first defined, without those that are archived or deleted.</summary>
    public IReadOnlyList<FlowSummary> Flows => [.. _flows.Book.Flows.Where(f => f.Life == FlowLife.Live).Select(Summary)];

    /// <summary>Defines a flow, or gives it a new version; completes when that is durable.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <remarks>
    /// From then on triggers start runs of this version; runs under way stay on theirs, and so do those that are due by then and
    /// have not entered. The definition that the flow has already changes nothing, so a host may define its flows at every start.
    /// </remarks>
    /// <returns>What <see cref="CheckFlow"/> says of it. None of that keeps it from being defined.</returns>
    /// <exception cref="DefinitionException">
    /// The definition cannot mean anything, or a flow of the name was deleted; path and message say where and why.
    /// </exception>
    public async ValueTask<IReadOnlyList<DefinitionWarning>> DefineFlowAsync(
        FlowDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentException.ThrowIfNullOrEmpty(definition.Name);

        // What is stored is text: a definition made in code is read back from it, so that it is checked like any other.
        var text = FlowJson.Write(definition);
        _ = CheckLive(definition);
        var known = _flows.Book.Find(definition.Name);
        if (known is { IsDeleted: true } && HasStarted(known))
        {
            throw new DefinitionException("$.name", $"the flow '{known.Name}' was deleted, and its runs keep the name: give this one another");
        }

        if (known is not { IsDeleted: false, Latest.Fault: null } || FlowJson.Write(known.Latest.Definition) != text)
        {
            await DefineAsync(definition.Name, text, cancellationToken).ConfigureAwait(false);
        }

        return CheckFlow(definition);
    }

    /// <summary>Looks for what a definition waits for or asks about and the store does not know: metrics, lists, segments, types of objects.</summary>
    /// <param name="definition">Any definition; it need not be saved.</param>
    /// <returns>What may be misspelled, with the name that may be meant; empty where everything is known.</returns>
    /// <remarks>
    /// As <see cref="CustomerDatabase.CheckSegment"/>: nothing is refused because it may be still to come. Metrics that are written of
    /// messages, or by a flow of the store, are known before their first event.
    /// </remarks>
    public IReadOnlyList<DefinitionWarning> CheckFlow(FlowDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var written = _flows.Book.Flows
            .Where(flow => flow.Life == FlowLife.Live && flow.Latest.Fault is null)
            .Select(flow => flow.Latest.Definition)
            .Append(definition)
            .SelectMany(flow => FlowGraph.Expanded(flow.Steps).OfType<TrackEventStep>().Select(step => step.Metric));
        using var gate = Store.EnterAll();
        return new DefinitionCheck(Store.State).Warnings(
            FlowConditions.Names(definition, FlowGraph.Expanded(definition.Steps)), [.. written, .. MessageEvents.Metrics, ApiTrigger.Metric]);
    }

    /// <summary>Defines a flow, or gives it a new version; completes when that is durable.</summary>
    /// <param name="json">Klaviyo's JSON with the name: <c>{"name": …, "definition": …}</c>, or a request body with both.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>What <see cref="CheckFlow"/> says of it.</returns>
    /// <exception cref="DefinitionException">The definition cannot mean anything; path and message say where and why.</exception>
    public ValueTask<IReadOnlyList<DefinitionWarning>> DefineFlowAsync(string json, CancellationToken cancellationToken = default) =>
        DefineFlowAsync(FlowJson.Parse(json), cancellationToken);

    /// <summary>Pauses a flow; completes when that is durable.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <remarks>Nothing enters it, no run of it takes a step, and none of its messages is offered, until it is resumed.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public ValueTask PauseFlowAsync(string flow, CancellationToken cancellationToken = default) =>
        SetPausedAsync(flow, paused: true, cancellationToken);

    /// <summary>Resumes a paused flow; completes when that is durable.</summary>
    /// <param name="flow">Its name.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <remarks>
    /// What became due meanwhile to runs under way is due now. Dates and times of a schedule that came meanwhile start nothing.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public ValueTask ResumeFlowAsync(string flow, CancellationToken cancellationToken = default) =>
        SetPausedAsync(flow, paused: false, cancellationToken);

    /// <summary>Gets what a flow has done so far, and where its runs stand.</summary>
    /// <param name="flow">Its name.</param>
    /// <remarks>Looks at every run under way of the store, some hundred millions a second; writers go on meanwhile.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public FlowStats FlowStats(string flow)
    {
        var found = FlowOf(flow);
        var tallies = new List<(int Version, int Step, Tally Tally)>();
        var staying = new List<(int Version, int Step, bool IsRun)>();
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var state = _flows.Lanes[lane].State;
            Store.Run(lane, _ =>
            {
                tallies.AddRange(state.Tallies(found.Number).Select(t => t with { Tally = t.Tally.Copy() }));
                staying.AddRange(Staying(state).Where(s => s.Plan.Flow == found.Number).Select(s => (s.Plan.Version, s.Step, s.IsRun)));
            });
        }

        return Klaviyo.FlowStats.Of(found, tallies, staying, Waiting(found.Number).Select(w => (w.Key, w.Value)));
    }

    private Dictionary<(int Version, int Step), long> Waiting(int flow)
    {
        var counts = new Dictionary<(int Version, int Step), long>();
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var state = _flows.Lanes[lane].State;
            var byPlan = new Dictionary<(int Plan, int Step), long>();
            for (var (first, end) = (0, 1); first < end; first += CancelStep)
            {
                Store.Run(lane, _ =>
                {
                    end = state.Runs.End;
                    for (var slot = first; slot < Math.Min(first + CancelStep, end); slot++)
                    {
                        if (state.Runs.IsUsed(slot) && state.Runs[slot].Step != FlowGraph.End)
                        {
                            ref readonly var run = ref state.Runs[slot];
                            byPlan[(run.Plan, run.Step)] = byPlan.GetValueOrDefault((run.Plan, run.Step)) + 1;
                        }
                    }
                });
            }

            Store.Run(lane, _ =>
            {
                foreach (var ((number, step), runs) in byPlan)
                {
                    var plan = state.Plans[number];
                    if (plan.Flow == flow)
                    {
                        counts[(plan.Version, step)] = counts.GetValueOrDefault((plan.Version, step)) + runs;
                    }
                }
            });
        }

        return counts;
    }

    /// <summary>Gets the runs under way of a flow.</summary>
    /// <param name="flow">Its name.</param>
    /// <remarks>Writers go on meanwhile; each run is seen as it is when it is looked at.</remarks>
    /// <exception cref="ArgumentException">There is no such flow.</exception>
    public IEnumerable<FlowRun> Runs(string flow) => Runs(new RunQuery { Flow = flow });

    /// <summary>Gets the runs under way of a profile, over all flows.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <returns>By run; none where no profile has the identifier.</returns>
    public IReadOnlyList<FlowRun> Runs(Identifier profile)
    {
        var runs = new List<FlowRun>();
        if (Store.TryFind(profile, out var lane, out var ordinal))
        {
            var state = _flows.Lanes[lane].State;
            Store.Run(lane, scope => runs.AddRange(state.RunsOf(ordinal).Select(slot => Describe(scope, state, slot))));
        }

        return [.. runs.OrderBy(r => r.Id.Value)];
    }

    /// <summary>Starts a run of a flow that has an <c>api</c> trigger; completes when that is durable.</summary>
    /// <param name="flow">The flow, by name.</param>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="properties">What is given along: <c>event.…</c> in its templates and splits; null for nothing.</param>
    /// <param name="uniqueId">Names the request: a second with the same starts nothing. Null for none.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>The event that starts the run, of the metric <see cref="ApiTrigger.Metric"/>.</returns>
    /// <exception cref="ArgumentException">There is no such flow, it is archived, or it has no <c>api</c> trigger.</exception>
    /// <exception cref="DefinitionException">Its definition cannot be read.</exception>
    public ValueTask<WriteResult> StartFlowAsync(
        string flow,
        Identifier profile,
        PropertyMap? properties = null,
        string? uniqueId = null,
        CancellationToken cancellationToken = default)
    {
        var found = LiveFlow(flow);
        _ = found.Latest.Readable();
        if (found.Which<ApiTrigger>(_ => true) is null)
        {
            throw new ArgumentException($"The flow '{flow}' has no trigger of type 'api'.", nameof(flow));
        }

        var given = new PropertyMap { [ApiTrigger.FlowProperty] = flow };
        foreach (var (name, value) in properties ?? [])
        {
            given[name] = value;
        }

        return TrackAsync(profile, ApiTrigger.Metric, null, given, null, uniqueId, cancellationToken);
    }

    private static IEnumerable<(FlowPlan Plan, int Step, bool IsRun)> Staying(FlowState state)
    {
        return state.Parked.Select(slot => (state.Plans[state.Runs[slot].Plan], state.Runs[slot].Step, true))
            .Concat(state.Outbox.Letters.Keys.Select(slot => (state.Plans[state.Outbox.Messages[slot].Plan], state.Outbox.Messages[slot].Step, false)));
    }

    // What stands around a definition is looked at here: it is not in the text.
    private FlowVersion CheckLive(FlowDefinition definition)
    {
        var version = definition.NotLive is { } refusal ? throw refusal : Check(FlowJson.Write(definition), definition.Name);
        CheckSubFlows(version.Definition);
        return version;
    }

    // A flow that starts itself is there as soon as it is defined. What becomes of the others later is looked at no more.
    private void CheckSubFlows(FlowDefinition definition)
    {
        var (steps, paths) = (FlowGraph.Expanded(definition.Steps), FlowGraph.Paths(definition.Steps, "$"));
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i] is SubFlowStep { Flow: var name } && WhyNotStarted(name, definition) is { } reason)
            {
                throw new DefinitionException($"{paths[i]}.data.flow_id", reason);
            }
        }
    }

    private string? WhyNotStarted(string name, FlowDefinition itself)
    {
        if (name == itself.Name)
        {
            return WhyNotAsked(itself);
        }

        return _flows.Book.Find(name) switch
        {
            null or { IsDeleted: true } => $"there is no flow '{name}'; define it first",
            { Latest.Fault: not null } => null, // Nobody knows what starts it.
            var flow => WhyNotAsked(flow.Latest.Definition),
        };
    }

    private static string? WhyNotAsked(FlowDefinition started) =>
        started.Triggers.Any(t => t is ApiTrigger) ? null : $"the flow '{started.Name}' has no trigger of type 'api'";

    private FlowVersion Check(string text, string name)
    {
        var version = _flows.Book.Check(_flows.Book.Read(text, name));
        for (var i = 0; i < version.Definition.Triggers.Count; i++)
        {
            // What a condition names may be a list that nobody is on yet; this can be a segment only, and would start nobody.
            if (version.Definition.Triggers[i] is SegmentTrigger trigger && Segment(trigger.Segment) is null)
            {
                throw new DefinitionException(
                    string.Create(CultureInfo.InvariantCulture, $"$.triggers[{i}].id"), $"there is no segment '{trigger.Segment}'; define it first");
            }
        }

        if (version.ReadsObjects)
        {
            Store.OpenObjects();
        }

        return version;
    }

    private FlowRun Describe(ILaneScope scope, FlowState state, int slot)
    {
        var run = state.Runs[slot];
        var plan = state.Plans[run.Plan];
        var version = _flows.Book[plan.Flow].Version(plan.Version);
        return new FlowRun(
            RunId.Of(scope.Lane, run.Number),
            version.Definition.Name,
            plan.Version,
            scope.IdOf(run.Ordinal),
            run.Step == FlowGraph.End ? "" : version.Step(run.Step).Id,
            run.Status,
            run.Entered,
            run.Status == RunStatus.Awaiting ? state.DetailOf(slot)!.Due : run.Due)
        {
            Key = RunKey.Of(state.DetailOf(slot)),
            Reason = version.Fault ?? state.DetailOf(slot)?.Reason ?? "",
            Line = state.DetailOf(slot)?.Line ?? "",
        };
    }

    private ValueTask SetPausedAsync(string flow, bool paused, CancellationToken cancellationToken)
    {
        return StandingFlow(flow).Paused == paused
            ? ValueTask.CompletedTask
            : StoreDefinitionAsync(
                FlowBook.StateKind, flow, paused ? FlowBook.PausedState : FlowBook.LiveState, cancellationToken);
    }

    private async ValueTask StoreDefinitionAsync(string kind, string name, string text, CancellationToken cancellationToken)
    {
        await Store.DefineAsync(kind, name, text, cancellationToken).ConfigureAwait(false);
        _flows.Signal.Wake();
    }

    private async ValueTask DefineAsync(string name, string text, CancellationToken cancellationToken)
    {
        await StoreDefinitionAsync(FlowBook.FlowKind, name, text, cancellationToken).ConfigureAwait(false);
        await ArmTimedAsync(cancellationToken).ConfigureAwait(false);
    }

    // Profiles that were there before a flow that the clock starts: their next instants. What was not finished, a crash say, is
    // done again by the next opening; who has an instant already keeps the one.
    private async ValueTask ArmTimedAsync(CancellationToken cancellationToken)
    {
        // While nobody can read it, nobody keeps the instants.
        foreach (var flow in _flows.Book.Flows.Where(f => f.Latest.Fault is not null && f.Armed != 0))
        {
            await StoreDefinitionAsync(FlowBook.ArmedKind, flow.Name, "0", cancellationToken).ConfigureAwait(false);
        }

        foreach (var flow in _flows.Book.Timed.Where(f => f.Armed != f.Latest.Number))
        {
            for (var lane = 0; lane < Store.LaneCount; lane++)
            {
                var profiles = Store.ProfileCount(lane);
                for (var first = 0; first < profiles; first += ScanStep)
                {
                    ArmTimed(flow, lane, first, Math.Min(first + ScanStep, profiles));
                }
            }

            var armed = flow.Latest.Number.ToString(CultureInfo.InvariantCulture);
            await StoreDefinitionAsync(FlowBook.ArmedKind, flow.Name, armed, cancellationToken).ConfigureAwait(false);
        }
    }

    private void ArmTimed(Flow flow, int lane, int first, int end)
    {
        Store.Run(lane, scope =>
        {
            for (var ordinal = first; ordinal < end; ordinal++)
            {
                if (IsOfFlows(scope, lane, ordinal))
                {
                    _flows.Lanes[lane].ArmLatest(flow, ordinal, scope);
                }
            }
        });
    }

    // A profile that was merged into another is answered for by that one; objects are in no flow, nor is who was erased.
    private bool IsOfFlows(ILaneScope scope, int lane, int ordinal)
    {
        return scope.IdOf(ordinal) == new ProfileKey(lane, ordinal).Id
            && !Store.IsObjectUnderGate(lane, ordinal) && !Store.IsErasedUnderGate(lane, ordinal);
    }

    private Flow LiveFlow(string name)
    {
        return StandingFlow(name) is { Life: FlowLife.Live } flow
            ? flow
            : throw new ArgumentException($"The flow '{name}' is archived: restore it first.", nameof(name));
    }

    private Flow StandingFlow(string name)
    {
        return FlowOf(name) is { IsDeleted: false } flow ? flow : throw new ArgumentException($"The flow '{name}' was deleted.", nameof(name));
    }

    // Also one that was deleted: what it did can be read.
    private Flow FlowOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _flows.Book.Find(name) ?? throw new ArgumentException($"There is no flow '{name}'.", nameof(name));
    }
}
