using System.Globalization;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// Runs that the clock starts, and what happens to their flow and profile meanwhile.
public sealed class TimedRunTests
{
    private const string Bob = "email:bob@example.com";

    private static readonly FlowDefinition Daily = Some.Flow("f", new ScheduleTrigger("0 12 * * *"), Some.Email("mail"));
    private static readonly FlowDefinition Hourly = Some.Flow("f", new ScheduleTrigger("0 * * * *"), Some.Email("mail"));
    private static readonly FlowDefinition Birthday = Some.Flow("f", Born(), Some.Email("mail"));

    [Test]
    public async Task Date_AtTheEndOfTime_StartsNothing_AndTheStoreOpens()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["born"] = "9999-12-31" });
        var monday = Born() with { Recurrence = DateRecurrence.Never, Weekdays = [DayOfWeek.Monday] };
        await world.Platform.DefineFlowAsync(Some.Flow("f", monday, Some.Email("mail")));
        await world.Platform.IdentifyAsync([Bob], new PropertyMap { ["born"] = "9999-12-31" });
        await world.ReopenAsync();
        Assert.That(world.Platform.Runs("f"), Is.Empty);
        Assert.That(await SimulatedAsync(world, Some.Flow("f", monday, Some.Email("mail"))), Is.Empty);
    }

    [Test]
    public async Task PropertiesThatComeWithAnEvent_AreWhatIsWritten()
    {
        await using var world = await FlowWorld.OpenAsync();
        var changed = Some.Flow("g", new PropertyChangedTrigger("plan"), Some.Email("mail"));
        await world.Platform.DefineFlowAsync(Birthday);
        await world.Platform.DefineFlowAsync(changed);
        await world.Platform.WriteAsync(SignedUp(Some.Ada) with { ProfileProperties = new PropertyMap { ["born"] = "1990-03-05", ["plan"] = "gold" } });
        await world.PassToAsync(Instant.Parse("2026-04-01"));
        Assert.That(Sent(world, "g"), Is.EqualTo(["ada@example.com 2026-03-02T09:00:00.000Z"]));
        Assert.That(Sent(world, "f"), Is.EqualTo(["ada@example.com 2026-03-05T12:00:00.000Z"]));
        Assert.That(await SimulatedAsync(world, changed), Is.EqualTo(["2026-03-02T09:00:00.000Z"]));
        Assert.That(await SimulatedAsync(world, Birthday), Is.EqualTo(["2026-03-05T12:00:00.000Z"]));
        await CheckAsync(world);
    }

    // "backfill events are stored and counted and start no flow"; a date that is known by one is known.
    [Test]
    public async Task PropertiesThatComeWithHistory_AreNoChange_ButDates()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Birthday);
        await world.Platform.DefineFlowAsync(Some.Flow("g", new PropertyChangedTrigger("plan"), Some.Email("mail")));
        await world.Platform.WriteAsync(SignedUp(Some.Ada) with
        {
            Backfill = true,
            ProfileProperties = new PropertyMap { ["born"] = "1990-03-05", ["plan"] = "gold" },
        });
        await world.PassToAsync(Instant.Parse("2026-04-01"));
        Assert.That(Sent(world, "g"), Is.Empty);
        Assert.That(Sent(world, "f"), Is.EqualTo(["ada@example.com 2026-03-05T12:00:00.000Z"]));
    }

    [TestCase("location")]
    [TestCase("location.timezone")]
    public async Task Zone_ThatIsWritten_MovesTheInstant(string property)
    {
        await using var world = await FlowWorld.OpenAsync();
        var flow = Some.Flow("f", Born() with { Timezone = TimeDelayStep.ProfileZone }, Some.Email("mail"));
        await world.Platform.DefineFlowAsync(flow);
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["born"] = "1990-03-05" });
        PropertyValue zone = property == "location" ? new PropertyMap { ["timezone"] = "Asia/Tokyo" } : "Asia/Tokyo";
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { [property] = zone });
        await world.PassToAsync(Instant.Parse("2026-04-01"));
        Assert.That(Sent(world), Is.EqualTo(["ada@example.com 2026-03-05T03:00:00.000Z"]));
        Assert.That(await SimulatedAsync(world, flow), Is.EqualTo(["2026-03-05T03:00:00.000Z"]));
    }

    [Test]
    public async Task NewVersion_WhatWasDueBefore_EntersTheOldOne_AndTheRestTheNewOne()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Hourly);
        await world.Platform.IdentifyAsync([Some.Ada], []);
        world.Clock.Advance(TimeSpan.FromMinutes(180.0001));
        await world.Platform.DefineFlowAsync(With(Hourly, "second"));
        world.Clock.Advance(TimeSpan.FromMinutes(120));
        await world.ReopenAsync();
        await world.Platform.DefineFlowAsync(With(Hourly, "third"));
        await world.PassToAsync(Instant.Parse("2026-03-02T15:30:00Z"));
        Assert.That(world.Offered.Select(m => $"{m.At} {m.Body}"), Is.EqualTo(new[]
        {
            "2026-03-02T10:00:00.000Z Hello",
            "2026-03-02T11:00:00.000Z Hello",
            "2026-03-02T12:00:00.000Z Hello",
            "2026-03-02T13:00:00.000Z second",
            "2026-03-02T14:00:00.000Z second",
            "2026-03-02T15:00:00.000Z third",
        }));
        await CheckAsync(world);
    }

    // What becomes due between the definition and the end of a crash is not lost, and what was started is not started again.
    [Test]
    public async Task NewVersion_CrashBeforeItsInstantsAreKnown_EachIsTakenOnce()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Daily);
        await world.Platform.IdentifyAsync([Some.Ada], []);
        await world.Platform.Store.DefineAsync(FlowBook.FlowKind, "f", FlowJson.Write(With(Daily, "second")), CancellationToken.None);
        world.Clock.Advance(TimeSpan.FromHours(4));
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => $"{m.At} {m.Body}"), Is.EqualTo(["2026-03-02T12:00:00.000Z second"]));
        await world.Platform.Store.DefineAsync(FlowBook.ArmedKind, "f", "1", CancellationToken.None);
        await world.ReopenAsync();
        await world.PassToAsync(Instant.Parse("2026-03-03T13:00:00Z"));
        Assert.That(Sent(world), Is.EqualTo(["ada@example.com 2026-03-02T12:00:00.000Z", "ada@example.com 2026-03-03T12:00:00.000Z"]));
        await CheckAsync(world);
    }

    [Test]
    public async Task NewVersions_LeaveOneRunThatWaitsForEachProfile()
    {
        await using var world = await FlowWorld.OpenAsync(lanes: 2);
        for (var person = 0; person < 3; person++)
        {
            await world.Platform.IdentifyAsync([$"email:{person}@example.com"], new PropertyMap { ["born"] = "1990-03-05" });
        }

        for (var version = 0; version < 5; version++)
        {
            await world.Platform.DefineFlowAsync(With(Birthday, $"{version}"));
        }

        Assert.That(world.Platform.Runs("f").Select(r => r.Version), Is.EqualTo([5, 5, 5]));
        await world.PassToAsync(Instant.Parse("2026-04-01"));
        Assert.That(world.Offered.Select(m => m.Body), Is.EqualTo(["4", "4", "4"]));
        await CheckAsync(world);
    }

    [Test]
    public async Task Merge_TwoRunsForOneInstant_OneEnters([Values(1, 3)] int lanes, [Values] bool isSchedule)
    {
        await using var world = await FlowWorld.OpenAsync(lanes);
        var flow = isSchedule ? Daily : Birthday;
        await world.Platform.DefineFlowAsync(flow);
        for (var person = 0; person < 4; person++)
        {
            await world.Platform.IdentifyAsync([$"anonymous_id:{person}"], new PropertyMap { ["born"] = "1990-03-05" });
            await world.Platform.IdentifyAsync([$"email:{person}@example.com"], new PropertyMap { ["born"] = "1990-03-05" });
            await world.Platform.IdentifyAsync([$"email:{person}@example.com", $"anonymous_id:{person}"], []);
        }

        await world.PassToAsync(Instant.Parse("2026-03-05T13:00:00Z"));
        var expected = isSchedule ? new[] { "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05" } : ["2026-03-05"];
        for (var person = 0; person < 4; person++)
        {
            Assert.That(
                Sent(world).Where(s => s[0] == '0' + person),
                Is.EqualTo(expected.Select(day => $"{person}@example.com {day}T12:00:00.000Z")));
        }

        Assert.That(await SimulatedAsync(world, flow), Is.EqualTo(expected.SelectMany(day => Enumerable.Repeat($"{day}T12:00:00.000Z", 4))));
        await CheckAsync(world);
    }

    [Test]
    public async Task Merge_IntoAnotherZone_TheInstantIsThatOfTheWhole([Values(1, 3)] int lanes)
    {
        await using var world = await FlowWorld.OpenAsync(lanes);
        await world.Platform.DefineFlowAsync(Some.Flow("f", Born() with { Timezone = TimeDelayStep.ProfileZone }, Some.Email("mail")));
        for (var person = 0; person < 4; person++)
        {
            await world.Platform.IdentifyAsync([$"anonymous_id:{person}"], new PropertyMap { ["born"] = "1990-03-05" });
            var place = new PropertyMap { ["location"] = new PropertyMap { ["timezone"] = "Asia/Tokyo" } };
            await world.Platform.IdentifyAsync([$"email:{person}@example.com"], place);
            await world.Platform.MergeAsync($"anonymous_id:{person}", $"email:{person}@example.com");
        }

        await world.PassToAsync(Instant.Parse("2026-04-01"));
        Assert.That(Sent(world).Order(), Is.EqualTo(Enumerable.Range(0, 4).Select(p => $"{p}@example.com 2026-03-05T03:00:00.000Z")));
        await CheckAsync(world);
    }

    [Test]
    public async Task Split_BothGoOn([Values(1, 3)] int lanes, [Values] bool isSchedule, [Values] bool isOpenedAgain)
    {
        await using var world = await FlowWorld.OpenAsync(lanes);
        await world.Platform.DefineFlowAsync(isSchedule ? Daily : Birthday);
        for (var person = 0; person < 4; person++)
        {
            await world.Platform.IdentifyAsync([$"email:{person}@a.com"], []);
            await world.Platform.IdentifyAsync([$"email:{person}@b.com"], new PropertyMap { ["born"] = "1990-03-05" });
            await world.Platform.MergeAsync($"email:{person}@b.com", $"email:{person}@a.com");
        }

        await world.PassToAsync(Instant.Parse("2026-03-02T13:00:00Z"));
        for (var person = 0; person < 4; person++)
        {
            await world.Platform.SplitAsync($"email:{person}@b.com");
        }

        if (isOpenedAgain)
        {
            await world.ReopenAsync();
        }

        world.Offered.Clear();
        await world.PassToAsync(Instant.Parse(isSchedule ? "2026-03-12" : "2027-03-05T12:00:00.001Z"));
        foreach (var sent in Enumerable.Range(0, 4).SelectMany(p => new[] { $"{p}@a.com", $"{p}@b.com" }))
        {
            var times = isSchedule ? 9 : sent[2] == 'b' ? 2 : 0;
            Assert.That(world.Offered.Count(m => m.To == sent), Is.EqualTo(times), sent);
        }

        await CheckAsync(world);
    }

    [Test]
    public async Task Pause_WhatTheClockWouldStartMeanwhile_StartsNothing([Values] bool isOpenedAgain)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Daily);
        await world.Platform.IdentifyAsync([Some.Ada], []);
        world.Clock.SetUtcNow(Instant.Parse("2026-03-02T12:00:01Z").ToDateTimeOffset());

        // Due before the pause, and not taken.
        await world.Platform.PauseFlowAsync("f");
        await world.AdvanceAsync(TimeSpan.FromDays(10));
        await world.Platform.ResumeFlowAsync("f");
        await world.Platform.PauseFlowAsync("f");
        world.Clock.Advance(TimeSpan.FromDays(20));
        if (isOpenedAgain)
        {
            await world.ReopenAsync();
        }

        await world.Platform.ResumeFlowAsync("f");
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        await world.PassToAsync(Instant.Parse("2026-04-02T13:00:00Z"));
        Assert.That(world.Offered.Skip(1).Select(m => $"{m.At}"), Is.EqualTo(["2026-04-02T12:00:00.000Z"]));
        Assert.That(world.Platform.FlowStats("f").Skips[SkipReason.TriggerPassed], Is.LessThan(4), "One for each missed instant is too many.");
        await CheckAsync(world);
    }

    [Test]
    public async Task Profile_ThatIsKnownByARelationOnly_TakesPart([Values(1, 3)] int lanes)
    {
        await using var world = await FlowWorld.OpenAsync(lanes);
        var contract = new ObjectDateTrigger("contract", "holder", "ends", "Contract")
        {
            Before = 1,
            Unit = DateUnit.Days,
            Recurrence = DateRecurrence.Never,
            Timezone = "UTC",
            Time = new TimeOnly(8, 0),
        };
        await world.Platform.DefineFlowAsync(Some.Flow("g", contract, Some.Email("mail")));
        await world.Platform.DefineFlowAsync(Daily);
        await world.Platform.WriteAsync(new ProfileWrite { Profile = ["object.contract:7"], Properties = new PropertyMap { ["ends"] = "2026-03-05" } });
        await world.Platform.WriteAsync(new RelationWrite { Profile = [Some.Ada], Name = "holder", Object = Identifier.Object("contract", "7") });
        await world.PassToAsync(Instant.Parse("2026-03-04T13:00:00Z"));
        Assert.That(Sent(world, "g"), Is.EqualTo(["ada@example.com 2026-03-04T08:00:00.000Z"]));
        Assert.That(world.Offered.Count(m => m.Flow == "f"), Is.EqualTo(3));
        Assert.That(await SimulatedAsync(world, Some.Flow("g", contract, Some.Email("mail"))), Is.EqualTo(["2026-03-04T08:00:00.000Z"]));
        Assert.That(await SimulatedAsync(world, Daily), Has.Count.EqualTo(3));
        await CheckAsync(world);
    }

    [Test]
    public async Task Trigger_ThatFails_IsNoted_AndHarmsNobodyElse()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.IdentifyAsync([Some.Ada], []);
        await world.Platform.DefineFlowAsync(Daily);
        var flows = (FlowExtension)world.Platform.Store.Extension!;
        var failing = FlowVersion.Of(Daily with { Triggers = [new FailingTrigger()] }, 1, new Dictionary<string, string>(), lenient: false);
        world.Platform.Store.Run(0, scope => flows.Lanes[0].ArmLatest(Flow.Of(0, failing), 0, scope));
        Assert.That(world.Platform.FlowStats("f").Skips[SkipReason.Error], Is.EqualTo(1));
        await world.PassToAsync(Instant.Parse("2026-03-03"));
        Assert.That(Sent(world), Is.EqualTo(["ada@example.com 2026-03-02T12:00:00.000Z"]));
        await CheckAsync(world);
    }

    // A calendar of its own, other separators of times and dates.
    [TestCase("en-US")]
    [TestCase("th-TH")]
    [TestCase("fa-IR")]
    [TestCase("ar-SA")]
    [TestCase("fi-FI")]
    [TestCase("sv-SE")]
    public async Task Dates_AreTheSameWhateverTheCultureOfTheHost(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var text = FlowJson.Write(Some.Flow("f", Born(), Some.Delay("wait", "mail", 1) with { UntilTime = new TimeOnly(9, 30) }, Some.Email("mail")));
            await using var world = await FlowWorld.OpenAsync();
            await world.Platform.DefineFlowAsync(FlowJson.Parse(text, "f"));
            await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["born"] = "1990-03-05" });
            await world.PassToAsync(Instant.Parse("2026-04-01"));
            Assert.That(Sent(world), Is.EqualTo(["ada@example.com 2026-03-07T09:30:00.000Z"]));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static ProfileDateTrigger Born() => new("born")
    {
        Recurrence = DateRecurrence.Annually,
        Timezone = "UTC",
        Time = new TimeOnly(12, 0),
    };

    private static FlowDefinition With(FlowDefinition flow, string body) => flow with { Steps = [Some.Email("mail", body: body)] };

    private static CustomerEvent SignedUp(string who) => new() { Profile = [who], Metric = "Signed Up" };

    private static List<string> Sent(FlowWorld world, string flow = "f") =>
        [.. world.Offered.Where(m => m.Flow == flow).Select(m => $"{m.To} {m.At}")];

    private static async Task<List<string>> SimulatedAsync(FlowWorld world, FlowDefinition flow)
    {
        var sent = new List<string>();
        await foreach (var decision in world.Platform.SimulateFlowAsync(flow, Instant.Parse(FlowWorld.Start), world.Clock.GetUtcNow()))
        {
            sent.Add($"{decision.At}");
        }

        sent.Sort(StringComparer.Ordinal);
        return sent;
    }

    private sealed record FailingTrigger : TimedTrigger
    {
        public override string Type => "failing";

        internal override Instant? Next(in EvaluationContext context, Instant after) => throw new InvalidOperationException("It fails.");
    }

    private static async Task CheckAsync(FlowWorld world) => Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
}
