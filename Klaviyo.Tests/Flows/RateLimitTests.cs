using System.Globalization;
using CsCheck;
using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// "Throttle 100 a minute with 10,000 ready; restart in the middle; two flows share a channel: never above the limit in any window,
// FIFO inside a flow, fair share." (C21, F12; DBOS limiter, Temporal fairness)
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RateLimitTests
{
    private static readonly RateLimit TenPerMinute = new(10, TimeSpan.FromMinutes(1));
    private static readonly SendPolicy TenMails = new() { Rates = new Dictionary<string, RateLimit> { ["email"] = TenPerMinute } };
    private readonly List<(Instant At, FlowMessage Message)> _attempts = [];

    [TestCase(1, "kill")]
    [TestCase(1, "close")]
    [TestCase(3, "kill")]
    public async Task C21_Dbos_Temporal_TwoFlowsShareAChannel_NeverAboveTheLimit_InOrder_FairShare(int lanes, string restart)
    {
        const int People = 10_000;
        var limit = new RateLimit(100, TimeSpan.FromMinutes(1));
        await using var world = await OpenAsync(new SendPolicy { Rates = new Dictionary<string, RateLimit> { ["email"] = limit } }, lanes);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("B"), Some.Email("m")));

        // The second flow comes when the line of the first is long.
        await world.Platform.WriteAsync([.. Enumerable.Range(0, People / 2).Select(i => Event(i, "A"))]);
        await world.Platform.RunDueAsync();
        await PassAsync(world, TimeSpan.FromMinutes(3));
        Assert.That(_attempts.Select(a => a.Message.Flow).Distinct(), Is.EqualTo(["f"]));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, People / 2).Select(i => Event(i, "B"))]);
        await PassAsync(world, TimeSpan.FromSeconds(90));
        var before = _attempts.Count;
        if (restart == "kill")
        {
            await world.CutPowerAsync();
        }
        else
        {
            await world.ReopenAsync();
        }

        await PassAsync(world, TimeSpan.FromMinutes(20));
        Assert.That(before, Is.EqualTo(500), "100 at once, and 100 a minute");
        ThrowIfAbove(limit);
        var since = _attempts.SkipWhile(a => a.Message.Flow == "f").Take(1000).Select(a => a.Message.Flow).ToList();
        Assert.That(since, Is.EqualTo(Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? "g" : "f")), "they take turns");
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);

        await PassAsync(world, TimeSpan.FromMinutes(90));
        Assert.That(_attempts, Has.Count.EqualTo(People), "each once, none lost");
        Assert.That(_attempts.Select(a => a.Message.Key).Distinct().Count(), Is.EqualTo(People));
        ThrowIfAbove(limit);
        foreach (var flow in _attempts.GroupBy(a => a.Message.Flow))
        {
            var people = flow.Select(a => int.Parse(a.Message.To[..a.Message.To.IndexOf('@', StringComparison.Ordinal)], CultureInfo.InvariantCulture));
            Assert.That(people, lanes == 1 ? Is.Ordered : Is.Not.Empty, "who came first goes first");
        }

        Assert.That(world.Platform.FlowStats("f").Running + world.Platform.FlowStats("g").Running, Is.Zero);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // F12, the limit of all: no window holds more, whichever channels; channels take turns, over a kill too.
    [TestCase(1, 0)]
    [TestCase(3, 0)]
    [TestCase(1, 4)]
    public async Task Total_OverChannels_IsNeverPassed_AndChannelsTakeTurns(int lanes, int mailsPerMinute)
    {
        var (mails, rates) = (new RateLimit(Math.Max(1, mailsPerMinute), TimeSpan.FromMinutes(1)), new Dictionary<string, RateLimit>());
        if (mailsPerMinute > 0)
        {
            rates["email"] = mails;
        }

        await using var world = await OpenAsync(new SendPolicy { TotalRate = TenPerMinute, Rates = rates }, lanes);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("A"), Some.Webhook("w")));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 60).Select(i => Event(i, "A"))]);
        await PassAsync(world, TimeSpan.FromSeconds(90));
        await world.CutPowerAsync();
        await PassAsync(world, TimeSpan.FromMinutes(2));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        await PassAsync(world, TimeSpan.FromMinutes(20));
        ThrowIfAbove(TenPerMinute);
        Assert.That(_attempts, Has.Count.EqualTo(120));
        var shares = _attempts.Take(100).Chunk(10).Select(ten => ten.Count(a => a.Message.Channel == "email"));
        Assert.That(shares.Take(mailsPerMinute > 0 ? 6 : 10), Is.All.EqualTo(mailsPerMinute > 0 ? 4 : 5), "they take turns");
        if (mailsPerMinute > 0)
        {
            ThrowIfAbove(mails, step: "m");
        }
    }

    [Test]
    public async Task Step_LetsSoManyThrough_WithoutPolling_AndTellsWhen()
    {
        await using var world = await OpenAsync();
        await world.Platform.DefineFlowAsync(Limited("f", TenPerMinute));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 25).Select(i => Event(i, "A"))]);
        Instant start = world.Clock.GetUtcNow();
        var turns = 0;
        for (var progress = await world.Platform.RunDueAsync(); progress.NextWake is { } wake; progress = await world.AdvanceToAsync(wake))
        {
            turns++;
        }

        Assert.That(_attempts.Select(a => (a.At.UnixMs - start.UnixMs) / 1000), Is.EqualTo(
            Enumerable.Range(0, 25).Select(i => (long)(i / 10 * 60))));
        Assert.That(turns, Is.EqualTo(2), "it wakes when there is room, and at no other time");
    }

    // What was not used while the process was down is not made up for.
    [Test]
    public async Task Down_ForAnHour_NoBurstAfterwards()
    {
        await using var world = await OpenAsync();
        await world.Platform.DefineFlowAsync(Limited("f", TenPerMinute));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 50).Select(i => Event(i, "A"))]);
        await world.Platform.RunDueAsync();
        await world.CutPowerAsync();
        world.Clock.Advance(TimeSpan.FromHours(1));
        await PassAsync(world, TimeSpan.FromMinutes(10));
        Assert.That(_attempts, Has.Count.EqualTo(50));
        ThrowIfAbove(TenPerMinute);
        Assert.That(_attempts[10].Message.At, Is.EqualTo(_attempts[10].At), "it goes on as of now");
    }

    // Every attempt counts, the repeated ones too; and what the process did not hear the end of.
    [Test]
    public async Task Attempts_RepeatedAndLost_Count()
    {
        await using var world = await OpenAsync(TenMails);
        world.Answer = m => Note(world, m) ? m.Attempt == 1 ? ChannelResult.Retry("busy", TimeSpan.FromSeconds(5)) : ChannelResult.Delivered : throw new InvalidOperationException();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 30).Select(i => Event(i, "A"))]);
        var cuts = 0;
        while (world.Platform.FlowStats("f").Delivered < 30)
        {
            if (cuts < 6)
            {
                // Between the hand-over and its result, or between the decision and the hand-over.
                world.Files.CutAtStep = world.Files.Steps + (3 * cuts++);
            }

            try
            {
                await PassAsync(world, TimeSpan.FromSeconds(7));
            }
            catch (Exception) when (world.Files.IsCut)
            {
                await world.CutPowerAsync();
            }

            world.Files.CutAtStep = long.MaxValue;
            world.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        ThrowIfAbove(TenPerMinute);
        Assert.That(_attempts.Count, Is.GreaterThanOrEqualTo(60));
        Assert.That(_attempts.Select(a => a.Message.Key).Distinct().Count(), Is.EqualTo(30));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // A channel that takes its time: what counts is when an attempt began, not when it was decided.
    [Test]
    public async Task SlowChannel_AttemptsCountFromWhenTheyBegin()
    {
        await using var world = await OpenAsync(TenMails);
        world.Answer = m =>
        {
            Note(world, m);
            world.Clock.Advance(TimeSpan.FromSeconds(4));
            return ChannelResult.Delivered;
        };
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 40).Select(i => Event(i, "A"))]);
        await PassAsync(world, TimeSpan.FromMinutes(15));
        Assert.That(_attempts, Has.Count.EqualTo(40));
        ThrowIfAbove(TenPerMinute);
    }

    [Test]
    public async Task InLine_ConsentFilterCancelEraseMerge_LeaveIt_AndTheNextGoes()
    {
        await using var world = await OpenAsync(TenMails with { Rates = new Dictionary<string, RateLimit> { ["email"] = new(1, TimeSpan.FromMinutes(1)) } });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with { ProfileFilter = Some.CountEver("Bought", "equals", 0) });
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 8).Select(i => Event(i, "A"))]);
        await world.Platform.RunDueAsync();
        var line = world.Platform.Runs("f").ToList();
        Assert.That(line.Select(r => (r.Status, r.Line)).Distinct(), Is.EqualTo([(RunStatus.Awaiting, "channel email")]));
        Assert.That(line, Has.Count.EqualTo(7));

        await world.Platform.WriteAsync(new ConsentWrite { Profile = [Person(1)], Channel = "email", Status = ConsentStatus.Unsubscribed });
        await world.Platform.TrackAsync(Person(2), "Bought");
        await world.Platform.CancelRunsAsync(Identifier.Parse(Person(3)));
        await world.Platform.EraseAsync(Person(4));
        world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await world.Platform.TrackAsync("anonymous_id:x", "A");
        await world.Platform.IdentifyAsync([Person(5), "anonymous_id:x"]);
        await world.Platform.RunDueAsync();
        await world.Platform.CheckpointAsync();
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        await PassAsync(world, TimeSpan.FromMinutes(9));
        Assert.That(_attempts.Select(a => a.Message.To), Is.EqualTo(new[] { 0, 5, 6, 7, 5 }.Select(i => $"{i}@example.com")));
        var skips = world.Platform.FlowStats("f").Skips;
        Assert.That((skips[SkipReason.NoConsent], skips[SkipReason.FilterFailed]), Is.EqualTo((1, 1)));
        await world.Platform.CompactAsync();
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // What asks who stands in line, a write or an opening, is not his turn: quiet hours that skip do not skip him in between.
    [TestCase(true)]
    [TestCase(false)]
    public async Task InLine_AskedDuringQuietHours_KeepsItsPlace_AndIsSentWhenTheyAreOver(bool isWritten)
    {
        var policy = new SendPolicy
        {
            Rates = new Dictionary<string, RateLimit> { ["email"] = new(1, TimeSpan.FromHours(24)) },
            QuietHours = [new QuietHours("email", new TimeOnly(20, 0), new TimeOnly(8, 0))],
        };
        await using var world = await OpenAsync(policy);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.WriteAsync([Event(0, "A"), Event(1, "A")]);
        await world.Platform.RunDueAsync();
        await PassAsync(world, TimeSpan.FromHours(13));
        if (isWritten)
        {
            await world.Platform.TrackAsync(Person(1), "Looked");
        }

        await world.CutPowerAsync();
        await PassAsync(world, TimeSpan.FromHours(1));
        Assert.That(world.Platform.Runs("f").Single().Line, Is.EqualTo("channel email"));
        await PassAsync(world, TimeSpan.FromHours(10));
        Assert.That(_attempts.Select(a => a.Message.To), Is.EqualTo(["0@example.com", "1@example.com"]));
    }

    // Time alone makes the filter of the flow, or of the message, fail: the run leaves the line then.
    [TestCase(SkipReason.FilterFailed)]
    [TestCase(SkipReason.MessageFilterFailed)]
    public async Task InLine_FilterFailsByTime_LeavesItAtThatInstant(SkipReason reason)
    {
        await using var world = await OpenAsync(TenMails with { Rates = new Dictionary<string, RateLimit> { ["email"] = new(1, TimeSpan.FromHours(24)) } });
        var filter = Some.Condition("""{"type":"profile-metric","metric_id":"A","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":6}}""");
        await world.Platform.DefineFlowAsync(reason == SkipReason.FilterFailed
            ? Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with { ProfileFilter = filter }
            : Some.Flow("f", new MetricTrigger("A"), Some.Email("m") with { AdditionalFilter = filter }));
        await world.Platform.WriteAsync([Event(0, "A"), Event(1, "A")]);
        var decisions = world.Platform.Decisions();
        await PassAsync(world, TimeSpan.FromHours(9));
        await world.Platform.DisposeAsync();
        var skip = (await decisions.ToListAsync()).Single(d => d.Kind == DecisionKind.Skip);
        Assert.That((skip.Skip, skip.At), Is.EqualTo((reason, Instant.Parse(FlowWorld.Start).PlusMs(6 * 3_600_000L))));
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task InLine_GoalReached_JumpsOut_AndTakesNoTurn()
    {
        await using var world = await OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow(
            "f", new MetricTrigger("A"),
            new RateLimitStep { Id = "l", Next = "m", Limit = new RateLimit(1, TimeSpan.FromHours(1)) },
            Some.Email("m", "g"),
            new GoalStep { Id = "g", Filter = Some.CountSinceStart("Bought", "greater-than", 0), Next = "n" },
            Some.Email("n")));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 3).Select(i => Event(i, "A"))]);
        await world.Platform.RunDueAsync();
        await world.Platform.TrackAsync(Person(1), "Bought");
        await world.Platform.RunDueAsync();
        await PassAsync(world, TimeSpan.FromHours(2));
        Assert.That(_attempts.Select(a => (a.Message.To[0], a.Message.Step)), Is.EqualTo(
            [('0', "m"), ('0', "n"), ('1', "n"), ('2', "m"), ('2', "n")]));
        ThrowIfAbove(new RateLimit(1, TimeSpan.FromHours(1)), step: "m");
    }

    [Test]
    public async Task Paused_KeepsItsPlace_AndHoldsNobodyUp()
    {
        await using var world = await OpenAsync(TenMails);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("B"), Some.Email("m")));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 20).Select(i => Event(i, "A"))]);
        await world.Platform.RunDueAsync();
        await world.Platform.PauseFlowAsync("f");
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 20).Select(i => Event(i, "B"))]);
        await PassAsync(world, TimeSpan.FromMinutes(5));
        Assert.That(_attempts.Select(a => a.Message.Flow), Is.EqualTo(Enumerable.Repeat("f", 10).Concat(Enumerable.Repeat("g", 20))));
        Assert.That((await world.Platform.RunDueAsync()).NextWake, Is.Null);
        await world.Platform.ResumeFlowAsync("f");
        await world.Platform.RunDueAsync();
        Assert.That(_attempts, Has.Count.EqualTo(40));
        ThrowIfAbove(TenPerMinute);
    }

    // A limit that changes holds for what is decided from then on, over all versions; a limit that is gone lets everybody through.
    [Test]
    public async Task Limit_Edited_MigratedAndTakenAway()
    {
        await using var world = await OpenAsync();
        await world.Platform.DefineFlowAsync(Limited("f", new RateLimit(1, TimeSpan.FromHours(1))));
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 10).Select(i => Event(i, "A"))]);
        await world.Platform.RunDueAsync();
        Assert.That(_attempts, Has.Count.EqualTo(1));
        await world.Platform.DefineFlowAsync(Limited("f", new RateLimit(3, TimeSpan.FromHours(1))));
        await world.Platform.MigrateRunsAsync("f", new FlowMigration());
        await world.Platform.RunDueAsync();
        Assert.That(_attempts, Has.Count.EqualTo(3));
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), new JoinStep { Id = "l", Next = "m" }, Some.Email("m")));
        await world.Platform.MigrateRunsAsync("f", new FlowMigration());
        await world.Platform.RunDueAsync();
        Assert.That(_attempts.Select(a => a.Message.To[0]), Is.EquivalentTo("0123456789"));
        Assert.That(_attempts.Take(3).Select(a => a.Message.To[0]), Is.EquivalentTo("012"));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // What a simulation says of a flow with limits is what it does live, for many profiles that meet in its lines.
    [Test]
    public void RandomFlowsWithLimits_DecideAlike_LiveAndSimulated()
    {
        var rates = Gen.Select(Gen.Int[1, 3], Gen.Int[1, 40]).Select(r => new RateLimit(r.Item1, TimeSpan.FromHours(r.Item2)));
        Gen.Select(RandomFlows.Punctual, RandomFlows.Facts, Gen.Int[0, 3].Array[40], rates, rates, Gen.Int[0, 5]).Sample(
            (flow, facts, turns, mails, steps, kind) =>
            {
                var limited = kind is 0 or 4 ? flow : Simulation.SimulationEqualsLiveTests.WithLimits(flow, steps, kind);
                var policy = new SendPolicy
                {
                    PostponeMax = TimeSpan.FromDays(2),
                    Rates = kind is 1 or 4 ? new Dictionary<string, RateLimit>() : new Dictionary<string, RateLimit> { ["email"] = mails },
                    TotalRate = kind >= 4 ? steps : null,
                    Caps = kind == 3 ? [new FrequencyCap("email", 1, TimeSpan.FromHours(5), OnLimit.Postpone)] : [],
                };
                Simulation.SimulationEqualsLiveTests.DecideAlike(limited, [.. facts.Where(f => f is not ConsentWrite)], turns, policy);
            },
            threads: 1,
            print: t => $"{t.Item4} {t.Item5} {t.Item6} {string.Join(",", t.Item3)}\n{FlowJson.Write(t.Item1)}\n{string.Join("\n", t.Item2.OrderBy(f => f.Time).Select(f => $"{f.Profile[0]} {f}"))}");
    }

    // Profiles meet in the line of a simulation, on as many lanes as there are; it sends nothing and keeps nothing.
    [TestCase(1)]
    [TestCase(3)]
    public async Task Simulated_ProfilesMeetInTheLine_AndABacktestSeesBothSides(int lanes)
    {
        await using var world = await OpenAsync(lanes: lanes);
        Instant start = world.Clock.GetUtcNow();
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 25).Select(i => Event(i, "A"))]);
        var (slow, fast) = (Limited("f", TenPerMinute), Limited("f", new RateLimit(25, TimeSpan.FromMinutes(1))));
        for (var time = 0; time < 2; time++)
        {
            var rows = new List<FlowDecision>();
            await foreach (var row in world.Platform.SimulateFlowAsync(slow, start, start.PlusMs(100_000)))
            {
                rows.Add(row);
            }

            Assert.That(rows.Select(r => (r.At.UnixMs - start.UnixMs) / 1000).Order(), Is.EqualTo(Enumerable.Repeat(0L, 10).Concat(Enumerable.Repeat(60L, 10))), "the span ends");
            Assert.That(rows.Select(r => r.Profile).Distinct().Count(), Is.EqualTo(20));
        }

        var same = await BacktestSummary.OfAsync(world.Platform.BacktestFlowAsync(slow, slow, start, start.PlusMs(600_000)));
        Assert.That((same.ChangedProfiles, same.Profiles), Is.EqualTo((0, 25)));
        var other = await BacktestSummary.OfAsync(world.Platform.BacktestFlowAsync(fast, slow, start, start.PlusMs(600_000)));
        Assert.That((other.ChangedProfiles, other.Profiles), Is.EqualTo((15, 25)));
        Assert.That(_attempts, Is.Empty);
    }

    [Test]
    public void InJson_ReadsBackTheSame_AndSaysWhatIsWrong()
    {
        var flow = FlowBuilder.Named("f").OnEvent("A").As("l").AtMost(100, TimeSpan.FromMinutes(1)).Email("m", "x").Build();
        var json = FlowJson.Write(flow);
        Assert.That(json, Does.Contain("""{"temporary_id":"l","type":"rate-limit","links":{"next":"send-email-2"},"data":{"count":100,"per":{"unit":"minutes","value":1}}}"""));
        Assert.That(FlowJson.Parse(json, "f"), Is.EqualTo(flow));
        foreach (var (right, wrong, path) in new[]
        {
            ("\"count\":100", "\"count\":0", "data.count"), ("\"count\":100", "\"count\":1000001", "data.count"),
            ("\"value\":1", "\"value\":0", "data.per"), ("\"unit\":\"minutes\",\"value\":1", "\"unit\":\"days\",\"value\":32", "data.per"),
        })
        {
            Assert.That(() => FlowJson.Parse(json.Replace(right, wrong, StringComparison.Ordinal), "f"),
                Throws.TypeOf<DefinitionException>().With.Message.Contains(path), wrong);
        }

        Assert.That(() => Some.Flow("f", new MetricTrigger("A"), new RateLimitStep { Id = "l", Next = "l", Limit = TenPerMinute }),
            Throws.Nothing);
        Assert.That(() => Klaviyo.Flows.Definitions.FlowGraph.Of(
            Some.Flow("f", new MetricTrigger("A"), new RateLimitStep { Id = "l", Next = "l", Limit = TenPerMinute })),
            Throws.TypeOf<DefinitionException>(), "ten may go round in one instant");
    }

    // "An endless circle needs a delay": a limit of one is one, whoever else stands in the line; one of more is none, since a run that is
    // alone goes round at once as often as there is room.
    [TestCase(1)]
    [TestCase(2)]
    public async Task Circle_ThroughALimitOfOne_TakesTheWindowEachTime_ThroughOneOfMoreDoesNot(int count)
    {
        var limit = new RateLimit(count, TimeSpan.FromMinutes(1));
        Step[] Steps(Step? bound) => [new RateLimitStep { Id = "l", Next = "m", Limit = limit }, Some.Email("m", bound?.Id ?? "l"), .. bound is null ? [] : new[] { bound }];
        var endless = Some.Flow("f", new MetricTrigger("A"), Steps(null));
        await using var world = await OpenAsync();
        if (count > 1)
        {
            Assert.That(async () => await world.Platform.DefineFlowAsync(endless), Throws.TypeOf<DefinitionException>().With.Message.Contains("without a delay"));
            endless = Some.Flow("f", new MetricTrigger("A"), Steps(new GotoStep { Id = "g", Target = "l", Times = 9 }));
        }

        await world.Platform.DefineFlowAsync(endless);
        await world.Platform.TrackAsync(Person(0), "A");
        await world.Platform.RunDueAsync();
        Assert.That(_attempts, Has.Count.EqualTo(count), "at one instant");
        await world.ReopenAsync();
        await PassAsync(world, TimeSpan.FromMinutes(3));
        Assert.That(_attempts, Has.Count.EqualTo(4 * count));
        ThrowIfAbove(limit);

        await world.Platform.TrackAsync(Person(1), "A");
        await PassAsync(world, TimeSpan.FromMinutes(4));
        ThrowIfAbove(limit);
        var simulated = new List<Instant>();
        await foreach (var decision in world.Platform.SimulateFlowAsync(endless, Instant.Parse(FlowWorld.Start), world.Clock.GetUtcNow()))
        {
            simulated.Add(decision.At);
        }

        Assert.That(simulated.Order(), Is.EqualTo(_attempts.Select(a => a.At).Order()));
    }

    [TestCase(0, 60)]
    [TestCase(RateLimit.CountMax + 1, 60)]
    [TestCase(1, 0)]
    [TestCase(1, 32 * 86_400)]
    public void Option_OutOfRange_IsRefused(int count, int seconds)
    {
        var policy = new SendPolicy { Rates = new Dictionary<string, RateLimit> { ["email"] = new(count, TimeSpan.FromSeconds(seconds)) } };
        Assert.That(async () => await OpenAsync(policy), Throws.InstanceOf<ArgumentException>().With.Message.Contains("Rates[email]"));
        var total = new SendPolicy { TotalRate = policy.Rates["email"] };
        Assert.That(async () => await OpenAsync(total), Throws.InstanceOf<ArgumentException>().With.Message.Contains("TotalRate"));
    }

    private static FlowDefinition Limited(string name, RateLimit limit) =>
        Some.Flow(name, new MetricTrigger("A"), new RateLimitStep { Id = "l", Next = "m", Limit = limit }, Some.Email("m"));

    private static string Person(int number) => $"email:{number}@example.com";

    private static CustomerEvent Event(int person, string metric) => new() { Profile = [Person(person)], Metric = metric };

    private async Task<FlowWorld> OpenAsync(SendPolicy? policy = null, int lanes = 1)
    {
        var world = await FlowWorld.OpenAsync(lanes, sending: policy);
        world.Answer = m =>
        {
            Note(world, m);
            return ChannelResult.Delivered;
        };
        return world;
    }

    private bool Note(FlowWorld world, FlowMessage message)
    {
        _attempts.Add((world.Clock.GetUtcNow(), message));
        return true;
    }

    private static async Task PassAsync(FlowWorld world, TimeSpan time)
    {
        Instant now = world.Clock.GetUtcNow();
        var until = now.Plus(time);
        await world.PassToAsync(until);
        await world.Platform.RunDueAsync();
    }

    // Any window: it is enough to look at those that end at an attempt.
    private void ThrowIfAbove(RateLimit limit, string? step = null)
    {
        var at = _attempts.Where(a => step is null || a.Message.Step == step).Select(a => a.At.UnixMs).Order().ToArray();
        for (var i = limit.Count; i < at.Length; i++)
        {
            Assert.That(at[i] - at[i - limit.Count], Is.GreaterThanOrEqualTo((long)limit.Window.TotalMilliseconds), $"attempt {i}");
        }
    }
}
