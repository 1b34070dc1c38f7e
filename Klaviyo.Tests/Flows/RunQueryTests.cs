using CsCheck;
using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows;

// "Dead letters: operations retry, skip step, redirect, cancel. Cancel one, by profile, by flow, by filter, effective before the next
// step, and reported when an action was already in flight. Queries: runs by profile, flow, node, status, due range, skip reason." (F5, F6, F17)
public sealed class RunQueryTests
{
    private static readonly FlowDefinition Long = Some.Flow("f", new MetricTrigger("A"),
        Some.Delay("one", "mail", 1), Some.Email("mail", "two"), Some.Delay("two", "last", 5), Some.Email("last"));

    private static readonly FlowDefinition Other = Some.Flow("g", new MetricTrigger("B"), Some.Delay("one", "last", 2), Some.Email("last"));

    // Two flows, two versions of one, people on every step, one parked, one who has not entered.
    private static async Task<FlowWorld> OpenAsync(int lanes = 2)
    {
        var world = await FlowWorld.OpenAsync(lanes);
        await world.Platform.DefineFlowAsync(Long);
        await world.Platform.DefineFlowAsync(Other);
        for (var i = 0; i < 6; i++)
        {
            await world.Platform.TrackAsync($"email:{i}@example.com", i % 3 == 2 ? "B" : "A");
            await world.AdvanceAsync(TimeSpan.FromHours(7));
            if (i == 3)
            {
                await world.Platform.DefineFlowAsync(Long with { Steps = [.. Long.Steps.Take(3), Some.Email("last", "extra"), Some.Email("extra")] });
            }
        }

        await world.Platform.TrackAsync("email:late@example.com", "A");
        return world;
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Test]
    public async Task AnyQuery_FindsWhatTheListSays_AndCancelEndsJustThat()
    {
        var instants = Gen.Int[-50, 200].Select(hours => Instant.Parse(FlowWorld.Start).PlusMs(hours * 3_600_000L));
        var ranges = Gen.Select(instants, instants, (a, b) => new TimeRange(a, b));
        var queries = Gen.Select(
            OneOf<string?>(null, "f", "g"), OneOf<int?>(null, null, 1, 2), OneOf<string?>(null, null, "", "one", "two", "mail"),
            OneOf<RunStatus?>(null, null, RunStatus.Waiting, RunStatus.Triggered), OneOf<string?>(null, null, null, "email:1@example.com"),
            Gen.Select(Gen.Bool, ranges, (is_, range) => is_ ? range : default(TimeRange?)),
            Gen.Select(Gen.Bool, ranges, (is_, range) => is_ ? range : default(TimeRange?)),
            (flow, version, step, status, profile, due, entered) => new RunQuery
            {
                Flow = flow,
                Version = version,
                Step = step,
                Status = status,
                Profile = profile is null ? default(Identifier?) : Identifier.Parse(profile),
                Due = due,
                Entered = entered,
            });
        await queries.SampleAsync(async query =>
        {
            await using var world = await OpenAsync();
            var all = world.Platform.Runs("f").Concat(world.Platform.Runs("g")).ToList();
            var ofProfile = query.Profile is { } profile ? world.Platform.Runs(profile) : all;
            var meant = ofProfile.Where(r =>
                (query.Flow ?? r.Flow) == r.Flow && (query.Version ?? r.Version) == r.Version && (query.Step ?? r.Step) == r.Step
                && (query.Status ?? r.Status) == r.Status && (query.Due ?? TimeRange.All).Contains(r.Due)
                && (query.Entered ?? TimeRange.All).Contains(r.Entered)).OrderBy(r => r.Id.Value).ToList();
            Assert.That(world.Platform.Runs(query).OrderBy(r => r.Id.Value), Is.EqualTo(meant));
            Assert.That(await world.Platform.CancelRunsAsync(query, "enough"), Is.EqualTo(new CancelledRuns(meant.Count, 0)));
            Assert.That(world.Platform.Runs(new RunQuery()).OrderBy(r => r.Id.Value), Is.EqualTo(all.Except(meant).OrderBy(r => r.Id.Value)));
            await world.ReopenAsync();
            Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        }, iter: 40);
    }

    [Test]
    public async Task Cancel_ByStep_TellsOfMessagesThatAreOnTheirWay()
    {
        await using var world = await OpenAsync();
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.AdvanceAsync(TimeSpan.FromHours(20));
        var standing = world.Platform.Runs(new RunQuery { Flow = "f", Step = "two" }).ToList();
        var cancelled = await world.Platform.CancelRunsAsync(new RunQuery { Flow = "f", Step = "two" });
        Assert.That((cancelled.Runs, cancelled.Messages), Is.EqualTo((standing.Count, 2)).And.Not.EqualTo((0, 2)));
        Assert.That(world.Platform.FlowStats("f").Steps["two"][DecisionKind.Cancel], Is.EqualTo(standing.Count));
    }

    [Test]
    public async Task Redirect_OfParkedRuns_GoesOnAtTheOtherStep_WithWhatTheRunKnows()
    {
        var fails = true;
        await using var world = await FlowWorld.OpenAsync(stepFor: step =>
            step is ConditionalSplitStep split ? new AwaitingSteps.FailingStep(() => fails) { Id = split.Id, Next = split.NextIfTrue } : step);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"),
            Some.Split("x", Some.PropertyIs("p", "v"), "a", null), Some.Email("a", "b"), Some.Email("b", body: "{{ event.Item }}")));
        await world.Platform.TrackAsync(Some.Ada, "A", properties: new() { ["Item"] = "hat" });
        await world.Platform.TrackAsync("email:bob@example.com", "A", properties: new() { ["Item"] = "bag" });
        await world.Platform.RunDueAsync();
        var (parked, entered) = (new RunQuery { Flow = "f", Status = RunStatus.Parked }, world.Platform.Runs("f").First().Entered);
        Assert.That(world.Platform.Runs(parked).Count(), Is.EqualTo(2));

        Assert.That(
            async () => await world.Platform.RedirectRunsAsync(parked, "nowhere"), Throws.ArgumentException.With.Message.Contains("no step 'nowhere'"));
        Assert.That(async () => await world.Platform.RedirectRunsAsync(new RunQuery(), "b"), Throws.ArgumentException.With.Message.Contains("Which flow"));
        Assert.That(await world.Platform.RedirectRunsAsync(parked with { Profile = Identifier.Parse(Some.Ada) }, "b"), Is.EqualTo(1));
        Assert.That(world.Platform.Runs(Identifier.Parse(Some.Ada)).Single(), Has.Property("Step").EqualTo("b").And.Property("Entered").EqualTo(entered));
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => (m.To, m.Step, m.Body)), Is.EqualTo([("ada@example.com", "b", "hat")]));
        Assert.That(world.Platform.ParkedRuns("f"), Has.Count.EqualTo(1));
        Assert.That(await world.Platform.RedirectRunsAsync(parked, "x"), Is.Zero, "it stands there");
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Redirect_OfVersions_MovesWhoHasTheStep()
    {
        await using var world = await OpenAsync();
        var (old, both) = (new RunQuery { Flow = "f", Version = 1 }, new RunQuery { Flow = "f" });
        await world.Platform.RunDueAsync();
        Assert.That(await world.Platform.RedirectRunsAsync(old, "extra"), Is.Zero, "version 1 has no such step");
        Assert.That(await world.Platform.RedirectRunsAsync(both, "extra"), Is.EqualTo(world.Platform.Runs(both with { Version = 2 }).Count()).And.Positive);
        world.Offered.Clear();
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.Not.Empty.And.All.EqualTo("extra"));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task History_TellsWhoWasSkipped_AndWhy_AlsoOfRunsThatEnded()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "n"), Some.Email("n")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync("external_id:nobody", "A");
        await world.Platform.RunDueAsync();
        var nobody = world.Platform.Profile(Identifier.Parse("external_id:nobody"))!.Id;

        async Task<List<string>> AskAsync(DecisionQuery query) =>
            [.. (await world.Platform.DecisionHistoryAsync(query).ToListAsync()).Select(d => $"{d.Flow} {d.Step} {d.Decision} {d.Reason}".TrimEnd())];

        var skipped = await world.Platform.DecisionHistoryAsync(new DecisionQuery { Flow = "f", Skip = SkipReason.NoAddress }).ToListAsync();
        Assert.That(skipped.Select(d => (d.Profile, d.Step)), Is.EqualTo([(nobody, "m"), (nobody, "n")]));
        Assert.That(await AskAsync(new DecisionQuery { Kind = DecisionKind.Deliver, Step = "m" }), Is.EquivalentTo(["f m deliver", "g m deliver"]));
        Assert.That(await AskAsync(new DecisionQuery { At = new TimeRange(Instant.MinValue, Instant.Parse(FlowWorld.Start).PlusMs(-1)) }), Is.Empty);
        Assert.That(() => world.Platform.DecisionHistoryAsync(new DecisionQuery { Flow = "h" }), Throws.ArgumentException);

        await world.Platform.EraseAsync(Identifier.Parse("external_id:nobody"));
        Assert.That(await AskAsync(new DecisionQuery { Skip = SkipReason.NoAddress }), Is.Empty);
    }
}
