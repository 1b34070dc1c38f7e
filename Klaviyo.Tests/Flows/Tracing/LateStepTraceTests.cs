using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Tracing;

// Keys, re-entry, enrolment, limits, results for which a run stood, migrations: each is told with what it looked at.
public sealed class LateStepTraceTests
{
    [Test]
    public async Task KeyAndReentry_AreTold_WhereTheyLetInAndWhereNot()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A") { Key = "k" }, Some.Delay("d", null, 1)) with { Reentry = new ReentryCriteria(1, ReentryUnit.Week) });
        await world.Platform.TrackAsync(Some.Ada, "A", properties: new PropertyMap { ["k"] = "x" });
        await world.Platform.TrackAsync(Some.Ada, "A", properties: new PropertyMap { ["k"] = "y" });
        await world.Platform.RunDueAsync();
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Platform.TrackAsync(Some.Ada, "A", properties: new PropertyMap { ["k"] = "x" });
        await world.Platform.RunDueAsync();
        var entries = (await world.Platform.TraceRunsAsync(Some.Ada)).Select(r => r.Entries.FirstOrDefault(e => e.Decision.Kind is DecisionKind.Enter or DecisionKind.Refuse)).OfType<RunTraceEntry>().ToList();
        Assert.That(entries.Select(e => string.Join("; ", e.Conditions.Select(c => $"{c.Role}: {c.Why.Condition} {c.Why.Holds} {c.Why.Value}"))).Distinct(), Has.Exactly(entries.Count).Items);
        var first = entries[0].Conditions;
        Assert.That(first.Select(c => (c.Role, c.Why.Holds)), Is.EqualTo([("key", true), ("re-entry", true)]));
        Assert.That((first[0].Why.Value.AsString(), first[1].Why.Condition), Is.EqualTo(("x", "may enter again 1 week after it entered")));
        Assert.That(entries.Select(e => e.IsSameToday), Has.All.True);
    }

    [TestCase(ErrorPolicy.Park, false, "park")]
    [TestCase(ErrorPolicy.Exit, false, "skip")]
    [TestCase(ErrorPolicy.Exit, true, "resume")]
    public async Task ResultForWhichTheRunStood_IsTold(ErrorPolicy policy, bool delivers, string decision)
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = _ => delivers ? ChannelResult.Delivered : ChannelResult.Failed("no");
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "d") with { Delivery = new DeliveryPolicy { OnError = policy } }, Some.Delay("d", null, 1)));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        var trace = (await world.Platform.TraceRunsAsync(Some.Ada)).Single();
        var entry = trace.Entries.First(e => e.Decision.Decision == decision);
        var why = entry.Conditions.Single();
        Assert.That((why.Role, why.Why.Holds, why.Why.Value.AsString(), entry.IsSameToday), Is.EqualTo(("delivery", delivers, delivers ? "deliver" : "dead-letter", true)));
        Assert.That(why.Why.Condition, Does.Contain(policy.ToString().ToLowerInvariant()));
        Assert.That(trace.Entries.Select(e => e.IsSameToday), Has.All.True);
        var picture = FlowPicture.Mermaid(world.Platform.Flows[0].Definition!);
        Assert.That(picture, Does.Contain(policy == ErrorPolicy.Park ? "parked where it is not delivered" : "not delivered"));
    }

    [Test]
    public async Task LimitsAndEnrolment_AreTold()
    {
        await using var world = await FlowWorld.OpenAsync(sending: new SendPolicy { Rates = new Dictionary<string, RateLimit> { ["email"] = new(1, TimeSpan.FromMinutes(1)) } });
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), new RateLimitStep { Id = "l", Next = "m", Limit = new RateLimit(2, TimeSpan.FromHours(1)) }, Some.Email("m")));
        await world.Platform.BackPopulateFlowAsync("f", new BackPopulation { Days = 1, Entry = BackPopulationEntry.AsOfEvent });
        await world.Platform.RunDueAsync();
        var entries = (await world.Platform.TraceRunsAsync(Some.Ada)).Single().Entries;
        Assert.That(entries.Where(e => e.Conditions.Count > 0).Select(e => $"{e.Decision.Decision}: {e.Conditions[^1].Role} {e.Conditions[^1].Why.Holds}"), Is.EqualTo(
            ["trigger: enrolment True", "queue: rate limit False", "branch: rate limit True", "queue: rate limit False"]));
        Assert.That(entries.Single(e => e.Decision.Kind == DecisionKind.Branch).Conditions[0].Why.Condition, Is.EqualTo("at most 2 in 1 hour").Or.EqualTo("at most 2 a hour"));
        Assert.That(entries.Select(e => e.IsSameToday), Has.All.True);
    }

    [Test]
    public async Task MigratedRun_IsTraced_HeardAndCounted_WithTheStepsOfBothVersions()
    {
        await using var world = await FlowWorld.OpenAsync();
        var heard = world.Platform.Listen().Reader;
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", null, 1)));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("a", "b"), Some.Email("b", "d"), Some.Delay("d", "e", 1), Some.Email("e")));
        await world.Platform.MigrateRunsAsync("f", new FlowMigration());
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        var trace = (await world.Platform.TraceRunsAsync(Some.Ada)).Single();
        Assert.That(trace.Entries.Select(e => $"{e.Decision.Step} {e.Decision.Decision} {e.Decision.Next}".Trim()), Is.EqualTo(
            ["trigger", "enter d", "d wait d", "d migrate d", "d resume e", "e send", "e deliver"]));
        var news = new List<FlowDecision>();
        while (heard.TryRead(out var decision))
        {
            news.Add(decision);
        }

        Assert.That(trace.Entries.Select(e => e.Decision), Is.EqualTo(news));
        Assert.That((await world.Platform.CountTrafficAsync("f")).Ways, Is.EquivalentTo(new Dictionary<(string, string), long> { [("", "d")] = 1, [("d", "e")] = 1, [("e", "")] = 1 }));
    }

    // A picture says what a step does, never just its type.
    [Test]
    public void EveryStepAndTrigger_IsSaidInWords()
    {
        var steps = Enumerable.Range(0, RandomSteps.Kinds).Select(kind => RandomSteps.Step(kind, "s", null, null, Some.PropertyIs("p", "v"), "v", 1))
            .Append(new ExitStep { Id = "s" })
            .Append(new SendWhatsAppStep { Id = "s", Body = "Hello" })
            .Append(new RateLimitStep { Id = "s", Limit = new RateLimit(100, TimeSpan.FromMinutes(1)) });
        foreach (var step in steps)
        {
            Assert.That(Klaviyo.Flows.Drawing.StepWords.Of(step), Is.Not.EqualTo(step.Type), step.Type);
        }

        Assert.That(Klaviyo.Flows.Drawing.StepWords.Of(new RateLimitStep { Id = "s", Limit = new RateLimit(100, TimeSpan.FromMinutes(1)) }), Is.EqualTo("Let at most 100 a minute through"));
        Assert.That(Klaviyo.Flows.Drawing.StepWords.Of(new MetricTrigger("A") { Key = "cart_id" }), Is.EqualTo("A, one run of each cart_id"));
        Assert.That(Klaviyo.Flows.Drawing.StepWords.Of(new ProfileDateTrigger("born") { Before = 2, Recurrence = DateRecurrence.Annually, Time = new TimeOnly(9, 0) }),
            Is.EqualTo("2 weeks before the date born, annually, 09:00"));
    }
}
