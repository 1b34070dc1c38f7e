using Klaviyo.Json;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Live;

// Segments by name are kept current, and tell who enters and leaves.
public sealed class LiveSegmentTests
{
    private static readonly Identifier Ada = "email:ada@example.com";
    private static readonly Identifier Bob = "email:bob@example.com";

    private static readonly SegmentDefinition Buyers = new(When.Did("Placed Order").InTheLast(30, TimeUnit.Day));
    private static readonly SegmentDefinition NewYorkers = new(When.Property("city").Is("New York"));

    [Test]
    public async Task Exit_ByTime_HasTheInstantOfTheWindowsEdge()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");

        fixture.Clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromMinutes(7));
        await database.RunSegmentsAsync();

        var changes = database.SegmentChanges().Select(c => (c.Entered, c.At, c.Cause));
        Assert.That(changes, Is.EqualTo(new[]
        {
            (true, DatabaseFixture.Start, SegmentChangeCause.Write),
            (false, DatabaseFixture.Start.Plus(TimeSpan.FromDays(30)), SegmentChangeCause.Time),
        }));
    }

    [Test]
    public async Task IsMember_OfASegmentThatIsNotDefined_Throws_WhoeverIsAsked()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.TrackAsync(Ada, "Placed Order");
        Assert.That(() => database.IsMember(Ada, "buyers"), Throws.ArgumentException);
        Assert.That(() => database.IsMember(Bob, "buyers"), Throws.ArgumentException);

        await database.DefineSegmentAsync("buyers", Buyers);
        Assert.That(database.IsMember(Bob, "buyers"), Is.False);
        await database.SegmentReadyAsync("buyers");
        Assert.That(database.IsMember(Bob, "buyers"), Is.False);
        Assert.That(() => database.IsMember(Bob, "sellers"), Throws.ArgumentException);

        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = database.IsMember(Bob, "buyers");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        await database.RemoveSegmentAsync("buyers");
        Assert.That(() => database.IsMember(Bob, "buyers"), Throws.ArgumentException);
    }

    // Without checkpoints everything is to be looked at again from when it was last written to. Of an object nobody ever looks, so who
    // is related to it was told again with each opening, after later changes too.
    [Test]
    public async Task Exit_BeforeAnEntry_IsNotFound_WhenAnObjectWaitsToBeLookedAt([Values(1, 3)] int lanes)
    {
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        var files = new SimulatedFiles(1);
        await using (var database = await DatabaseFixture.OpenAsync(files, clock, lanes))
        {
            await database.DefineSegmentAsync("gold", new SegmentDefinition(When.AnyOf("account", When.Property("tier").Is("gold"))));
            await database.SegmentReadyAsync("gold");
            await database.RelateAsync(Ada, "account", "acme", "owner");
            await database.RelateAsync(Ada, "account", "beta", "owner");
        }

        foreach (var file in files.List().Where(name => name.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            files.Delete(file);
        }

        clock.Advance(TimeSpan.FromDays(4));
        await using (var database = await DatabaseFixture.OpenAsync(files, clock, lanes))
        {
            await database.WriteObjectAsync("account", "acme", new PropertyMap { ["tier"] = "gold" });
            Assert.That(database.IsMember(Ada, "gold"), Is.True);
        }

        await using var reopened = await DatabaseFixture.OpenAsync(files, clock, lanes);
        await reopened.RunSegmentsAsync();
        Assert.That(
            reopened.SegmentChanges("gold").Select(c => (c.Entered, c.At)),
            Is.EqualTo(new[] { (true, DatabaseFixture.Start.Plus(TimeSpan.FromDays(4))) }));
        Assert.That(reopened.IsMember(Ada, "gold"), Is.True);
    }

    // The other profile's write says that the clock was past the entry, but nothing says that anybody looked.
    [Test]
    public async Task Entry_ByTimeAfterAMerge_HasItsInstant_WhenTheLogAloneIsLeft([Values(1, 3)] int lanes)
    {
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        var files = new SimulatedFiles(1);
        await using (var database = await DatabaseFixture.OpenAsync(files, clock, lanes))
        {
            await database.DefineSegmentAsync("yesterday", SegmentJson.Parse(
                """{"type":"profile-metric","metric_id":"Opened Email","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":2},"timeframe_filter":{"type":"date","operator":"between","start":1,"end":6,"unit":"day"}}"""));
            await database.SegmentReadyAsync("yesterday");
            await database.TrackAsync(Ada, "Opened Email");
            await database.TrackAsync(Bob, "Opened Email");
            await database.MergeAsync(Ada, Bob);
            clock.Advance(TimeSpan.FromDays(2));
            await database.IdentifyAsync(["email:other@example.com"], new PropertyMap { ["city"] = "Paris" });
        }

        foreach (var file in files.List().Where(name => name.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            files.Delete(file);
        }

        await using var reopened = await DatabaseFixture.OpenAsync(files, clock, lanes);
        await reopened.RunSegmentsAsync();

        Assert.That(
            reopened.SegmentChanges().Select(c => (c.Entered, c.At, c.Cause)),
            Is.EqualTo(new[] { (true, DatabaseFixture.Start.Plus(TimeSpan.FromDays(1)), SegmentChangeCause.Time) }));
    }

    // The account's zone is an option: who is in a calendar's segment depends on it, and the members that are kept are of the last one.
    [Test]
    public async Task Members_WhenTheAccountHasAnotherZone_AreThoseOfTheNewOne([Values(1, 3)] int lanes, [Values] bool fromTheLogAlone)
    {
        var clock = new FakeTimeProvider(Instant.Parse("2026-11-30T06:13:00Z").ToDateTimeOffset());
        var files = new SimulatedFiles(1);
        var today = SegmentJson.Parse(
            """{"type":"profile-metric","metric_id":"Placed Order","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},"timeframe_filter":{"type":"date","operator":"this-calendar","unit":"day"}}""");
        await using (var database = await OpenInAsync("UTC"))
        {
            await database.DefineSegmentAsync("today", today);
            await database.SegmentReadyAsync("today");
            await database.TrackAsync(Ada, "Placed Order", time: Instant.Parse("2026-11-29T20:00:00Z"));
            await ExpectAsync(database, isMember: false);
        }

        foreach (var zone in (string[])["Pacific/Honolulu", "Pacific/Honolulu", "UTC"])
        {
            DropCheckpoints();
            await using var database = await OpenInAsync(zone);
            await ExpectAsync(database, isMember: zone != "UTC");
        }

        async Task ExpectAsync(CustomerDatabase database, bool isMember)
        {
            // Exact at once, and kept current thereafter.
            Assert.That((database.IsMember(Ada, "today"), database.CountSegment("today")), Is.EqualTo((isMember, isMember ? 1 : 0)));
            await database.SegmentReadyAsync("today");
            Assert.That((database.IsMember(Ada, "today"), database.CountSegment("today")), Is.EqualTo((isMember, isMember ? 1 : 0)));
            Assert.That(database.SegmentStatus("today")!.Members, Is.EqualTo(isMember ? 1 : 0));
            Assert.That(database.CountSegment(today), Is.EqualTo(isMember ? 1 : 0));
            Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        }

        void DropCheckpoints()
        {
            foreach (var file in files.List().Where(name => fromTheLogAlone && name.StartsWith("checkpoint", StringComparison.Ordinal)))
            {
                files.Delete(file);
            }
        }

        ValueTask<CustomerDatabase> OpenInAsync(string zone) => CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = files,
            Clock = clock,
            Lanes = lanes,
            TimeZone = zone,
            BackgroundSegments = false,
            BackgroundCheckpoints = false,
        });
    }

    // Every operator, with numbers that no count can be and that sums pass on their way, against an evaluation from scratch. Each
    // by itself: what is due for one of them would wake the others.
    [Test]
    public async Task Tests_OfCountsAndSums_AreThoseOfAnEvaluation_AtEveryEdge([Values(MeasureKind.Count, MeasureKind.Sum)] MeasureKind kind)
    {
        double[] amounts = [-1, 0, 0.5, 1, 2, 2.5, 5e9];
        var filters = Enum.GetValues<NumberOperator>().Where(o => o != NumberOperator.Between)
            .SelectMany(o => amounts.Select(a => new NumberFilter(o, a)))
            .Concat([NumberFilter.Between(1, 2), NumberFilter.Between(2, 1), NumberFilter.Between(0.5, 1.5), NumberFilter.Between(-2, 0)]);
        foreach (var filter in filters)
        {
            await CheckAsync(new ProfileMetricCondition
            {
                Metric = "Placed Order",
                Measure = kind == MeasureKind.Count ? Measure.Count : Measure.Sum,
                Amount = filter,
                Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 3, TimeUnit.Hour),
            });
        }

        static async Task CheckAsync(ProfileMetricCondition condition)
        {
            SegmentDefinition[] segments = [new(condition), new(condition with { Window = new AlltimeDateFilter() })];
            await using var fixture = await DatabaseFixture.OpenAsync();
            var database = fixture.Database;
            await database.DefineSegmentAsync("0", segments[0]);
            await database.DefineSegmentAsync("1", segments[1]);
            await database.TrackAsync(Ada, "Viewed");
            await database.RunSegmentsAsync();
            var random = new Random(5);
            for (var hour = 0; hour < 16; hour++)
            {
                for (var left = hour % 8 > 3 ? 0 : random.Next(3); left > 0; left--)
                {
                    fixture.Clock.Advance(TimeSpan.FromMinutes(20));
                    database.Apply(new CustomerEvent { Profile = [Ada], Metric = "Placed Order", Value = random.Next(-1, 3) / 2.0 });
                }

                fixture.Clock.Advance(TimeSpan.FromMinutes(20));
                for (var i = 0; i < segments.Length; i++)
                {
                    Assert.That(database.IsMember(Ada, $"{i}"), Is.EqualTo(database.IsMember(Ada, segments[i])), segments[i].ToString());
                }
            }
        }
    }

    [Test]
    public async Task Question_RightAtTheEdge_NeedsNobodyToHaveLooked()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");

        fixture.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMilliseconds(1));
        Assert.That((database.IsMember(Ada, "buyers"), database.CountSegment("buyers")), Is.EqualTo((true, 1)));
        fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That((database.IsMember(Ada, "buyers"), database.CountSegment("buyers")), Is.EqualTo((false, 0)));
    }

    [Test]
    public async Task Write_BeforeAnybodyLooked_LeavesTheExitItsInstant()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");
        fixture.Clock.Advance(TimeSpan.FromDays(31));

        await database.TrackAsync(Ada, "Placed Order");

        Assert.That(
            database.SegmentChanges().Select(c => (c.Entered, (c.At.UnixMs - DatabaseFixture.Start.UnixMs) / 86_400_000.0)),
            Is.EqualTo(new[] { (true, 0.0), (false, 30.0), (true, 31.0) }));
    }

    // An object is written to, others are merged: who had left by then has left at the instant of the edge.
    [Test]
    public async Task Change_BeforeAnybodyLooked_LeavesTheExitItsInstant([Values("object", "source", "destination")] string what)
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.DefineSegmentAsync("of an account", new SegmentDefinition(new RelatedObjectsCondition { ObjectType = "account" }));
        await database.RunSegmentsAsync();
        await database.RelateAsync(Ada, "account", "acme", "member");
        await database.IdentifyAsync([Bob], new PropertyMap { ["city"] = "Paris" });
        await database.TrackAsync(Ada, "Placed Order");
        fixture.Clock.Advance(TimeSpan.FromDays(31));
        if (what == "object")
        {
            await database.WriteObjectAsync("account", "acme", new PropertyMap { ["plan"] = "pro" });
        }
        else
        {
            await (what == "source" ? database.MergeAsync(Ada, Bob) : database.MergeAsync(Bob, Ada));
        }

        Assert.That(
            database.SegmentChanges("buyers").Select(c => (c.Entered, (c.At.UnixMs - DatabaseFixture.Start.UnixMs) / 86_400_000.0)),
            Is.EqualTo(new[] { (true, 0.0), (false, 30.0) }));
    }

    // What is written of an object changes nobody for now, and nothing in the log tells of those who are related to it.
    [Test]
    public async Task Entry_ByTime_BecauseOfAnObjectWrittenToBehindTheCheckpoint_ComesAlsoAfterACrash()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        var renewed = new RelatedObjectsCondition { ObjectType = "account", Where = When.Did("Renewed").InTheLast(30, TimeUnit.Day) };
        await database.DefineSegmentAsync("renewed", new SegmentDefinition(renewed));
        await database.SegmentReadyAsync("renewed");
        await database.RelateAsync(Ada, "account", "acme", "member");
        await database.CheckpointAsync();
        await database.TrackAsync(Identifier.Object("account", "acme"), "Renewed", time: DatabaseFixture.Start.Plus(TimeSpan.FromDays(5)));
        await database.CommitAsync();
        await fixture.CrashAsync();
        fixture.Clock.Advance(TimeSpan.FromDays(6));
        await fixture.Database.RunSegmentsAsync();
        Assert.That(
            fixture.Database.SegmentChanges().Select(c => (c.Entered, (c.At.UnixMs - DatabaseFixture.Start.UnixMs) / 86_400_000.0)),
            Is.EqualTo(new[] { (true, 5.0) }));
    }

    // Neither before a build begins nor at its end, when all profiles were looked at and the members are not yet told.
    [Test]
    public async Task Progress_IsOneOnlyWhenTheMembersAreKnown()
    {
        var clock = new WatchedClock();
        await using var database = await DatabaseFixture.OpenAsync(new SimulatedFiles(seed: 1), clock);
        await database.IdentifyAsync([Ada], new PropertyMap { ["city"] = "New York" });
        foreach (var (name, definition) in new[] { ("city", NewYorkers), ("buyers", Buyers) })
        {
            await database.DefineSegmentAsync(name, definition);
            Assert.That(database.SegmentStatus(name), Has.Property("IsReady").False.And.Property("Progress").Zero);
            var seen = new List<double>();
            clock.Read = () => seen.Add(database.Store.BuildProgress);
            await database.RunSegmentsAsync();
            clock.Read = null;
            Assert.That(seen, Is.Not.Empty.And.All.LessThan(1).And.Some.EqualTo(0.99));
            Assert.That(database.SegmentStatus(name), Has.Property("IsReady").True.And.Property("Progress").EqualTo(1));
        }
    }

    [Test]
    public async Task Definition_OverHistory_TellsWhoIsInIt_AndARedefinitionOnlyTheDifference()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.IdentifyAsync([Ada], new PropertyMap { ["city"] = "New York" });
        await database.IdentifyAsync([Bob], new PropertyMap { ["city"] = "Paris" });
        await database.DefineSegmentAsync("city", NewYorkers);
        Assert.That(database.SegmentStatus("city")!.IsReady, Is.False);
        Assert.That(database.CountSegment("city"), Is.EqualTo(1), "also before its members are known");
        await database.SegmentReadyAsync("city");
        Assert.That(database.SegmentStatus("city"), Has.Property("IsReady").True.And.Property("Members").EqualTo(1));

        await database.DefineSegmentAsync("city", new SegmentDefinition(new NotCondition(new NotCondition(NewYorkers.Root))));
        await database.SegmentReadyAsync("city");
        await database.DefineSegmentAsync("city", new SegmentDefinition(new NotCondition(NewYorkers.Root)));
        await database.SegmentReadyAsync("city");

        var (ada, bob) = (database.Profile(Ada)!.Id, database.Profile(Bob)!.Id);
        Assert.That(
            database.SegmentChanges("city").Select(c => (c.Profile, c.Entered, c.Cause)),
            Is.EqualTo(new[]
            {
                (ada, true, SegmentChangeCause.Definition),
                (bob, true, SegmentChangeCause.Definition),
                (ada, false, SegmentChangeCause.Definition),
            }));
    }

    // What asks for nothing holds for everyone, also for who comes later; the members of no groups are nobody.
    [TestCase("""{"type":"profile-group-membership","is_member":true,"group_ids":[]}""", 0)]
    [TestCase("""{"type":"profile-group-membership","is_member":false,"group_ids":[]}""", 2)]
    [TestCase("""{"type":"profile-metric-funnel","timeframe_filter":{"type":"date","operator":"alltime"},"steps":[]}""", 2)]
    public async Task Define_OfNoGroupsOrSteps_IsKeptCurrent(string definition, int expected)
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        await fixture.Database.TrackAsync(Ada, "Placed Order");
        await fixture.Database.DefineSegmentAsync("all or none", SegmentJson.Parse(definition));
        await fixture.Database.SegmentReadyAsync("all or none");
        await fixture.Database.TrackAsync(Bob, "Placed Order");
        await fixture.Database.RunSegmentsAsync();
        Assert.That(fixture.Database.CountSegment("all or none"), Is.EqualTo(expected));
        Assert.That(fixture.Database.CountSegment(SegmentJson.Parse(definition)), Is.EqualTo(expected));
        await fixture.ReopenAsync();
        Assert.That(fixture.Database.CountSegment("all or none"), Is.EqualTo(expected));
        Assert.That(SegmentJson.Write(fixture.Database.Segment("all or none")!), Is.EqualTo(definition));
    }

    [Test]
    public async Task Remove_ThatOthersAskFor_IsRefused_AndElseEverybodyLeaves()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.IdentifyAsync([Ada], new PropertyMap { ["city"] = "New York" });
        await database.DefineSegmentAsync("city", NewYorkers);
        await database.DefineSegmentAsync("outer", new SegmentDefinition(new GroupMembershipCondition(true, "city")));
        await database.RunSegmentsAsync();

        Assert.That(
            async () => await database.RemoveSegmentAsync("city"),
            Throws.TypeOf<SegmentInUseException>().With.Message.Contains("'outer'"));
        await database.RemoveSegmentAsync("outer");
        await database.RemoveSegmentAsync("city");

        Assert.That(database.Segments, Is.Empty);
        Assert.That(database.SegmentChanges("city").Select(c => c.Entered), Is.EqualTo(new[] { true, false }));
        Assert.That(() => database.CountSegment("city"), Throws.ArgumentException);
        await fixture.ReopenAsync();
        Assert.That(fixture.Database.Segments, Is.Empty);
        Assert.That((await fixture.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task History_CountsAtTheEndOfEveryHourAndDay()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        await database.TrackAsync(Bob, "Placed Order");
        fixture.Clock.Advance(TimeSpan.FromDays(30));

        var from = DatabaseFixture.Start.Plus(TimeSpan.FromHours(-1));
        Assert.That(
            database.SegmentHistory("buyers", from, DatabaseFixture.Start.Plus(TimeSpan.FromHours(2)), TimeUnit.Hour).Select(h => h.Members),
            Is.EqualTo(new[] { 0, 1, 1, 2 }));
        Assert.That(
            database.SegmentHistory("buyers", from).Select(h => h.Members),
            Is.EqualTo(Enumerable.Repeat(2L, 30).Append(0)));
        Assert.That(database.SegmentHistory("buyers", from, Instant.MaxValue), Is.EqualTo(database.SegmentHistory("buyers", from)));
        Assert.That(() => database.SegmentHistory("buyers", Instant.MinValue), Throws.ArgumentException.With.Message.Contains("100000"));
    }

    [Test]
    public async Task Position_OfEveryChange_IsWhereTheNextOneComes()
    {
        await using var fixture = await DatabaseFixture.OpenAsync(lanes: 3);
        var database = fixture.Database;
        for (var i = 0; i < 20; i++)
        {
            await database.IdentifyAsync([$"external_id:{i}"], new PropertyMap { ["city"] = i % 2 == 0 ? "New York" : "Paris" });
        }

        await database.DefineSegmentAsync("city", NewYorkers);
        await database.DefineSegmentAsync("all", new SegmentDefinition(new AndCondition([])));
        await database.RunSegmentsAsync();
        await database.EraseAsync("external_id:3");

        var all = database.SegmentChanges().ToList();
        Assert.That(all, Has.Count.EqualTo(10 + 19 + 2));
        for (var i = 0; i < all.Count; i++)
        {
            var next = StorePosition.Parse(all[i].Next.ToString());
            Assert.That(next, Is.EqualTo(all[i].Next));
            Assert.That(database.SegmentChanges(from: next), Is.EqualTo(all.Skip(i + 1)), $"behind {i}");
        }
    }

    [Test]
    public async Task Backfill_IsACauseOfItsOwn()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        await fixture.Database.DefineSegmentAsync("buyers", Buyers);
        await fixture.Database.SegmentReadyAsync("buyers");
        await fixture.Database.WriteAsync(new CustomerEvent { Profile = [Ada], Metric = "Placed Order", Backfill = true });
        Assert.That(fixture.Database.SegmentChanges().Select(c => c.Cause), Is.EqualTo(new[] { SegmentChangeCause.Backfill }));
    }

    [Test]
    public async Task Members_ComeInPages_AndSegmentsOverlap()
    {
        await using var fixture = await DatabaseFixture.OpenAsync(lanes: 2);
        var database = fixture.Database;
        for (var i = 0; i < 10; i++)
        {
            await database.IdentifyAsync([$"external_id:{i}"], new PropertyMap { ["city"] = i % 3 == 0 ? "New York" : "Paris" });
            await database.TrackAsync($"external_id:{i}", i % 2 == 0 ? "Placed Order" : "Viewed Product");
        }

        await database.DefineSegmentAsync("city", NewYorkers);
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.RunSegmentsAsync();

        var pages = new List<ProfileSummary>();
        while (database.SegmentMembers("buyers", pages.Count == 0 ? null : pages[^1].Id, 2) is { Count: > 0 } page)
        {
            pages.AddRange(page);
        }

        Assert.That(pages, Is.EqualTo(database.SegmentMembers(Buyers)));
        Assert.That(database.SegmentOverlap("city", "buyers"), Is.EqualTo(2), "0 and 6");
    }

    [Test]
    public async Task Worker_FindsWhatIsDue_WhenTheClockGetsThere()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        await using var database = await CustomerDatabase.OpenAsync(
            "simulated", new CustomerDatabaseOptions { Files = new SimulatedFiles(seed: 1), Clock = clock, LogPageBytes = 64 << 10, LogSegmentBytes = 128 << 10 });
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.TrackAsync(Ada, "Placed Order");
        await using var changes = database.SegmentChangesAsync("buyers", null, timeout.Token).GetAsyncEnumerator(timeout.Token);
        Assert.That(await changes.MoveNextAsync());
        Assert.That(changes.Current.Entered);

        var exit = changes.MoveNextAsync();
        while (!exit.IsCompleted && !timeout.IsCancellationRequested)
        {
            // The worker goes to sleep on a thread of its own: until it has, there is no timer to be turned.
            clock.Advance(TimeSpan.FromHours(1));
            await Task.Delay(1, timeout.Token);
        }

        Assert.That(await exit);
        Assert.That((changes.Current.Entered, changes.Current.At), Is.EqualTo((false, DatabaseFixture.Start.Plus(TimeSpan.FromDays(30)))));
    }

    // A clock that is set back does not undo what time has done, and does not hide what is written meanwhile.
    [Test]
    public async Task Clock_SetBack_UndoesNothing_AndTheNextExitHasItsInstant()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");
        fixture.Clock.Advance(TimeSpan.FromDays(30));
        Assert.That(database.IsMember(Ada, "buyers"), Is.False);

        fixture.Clock.AdjustTime(DatabaseFixture.Start.Plus(TimeSpan.FromDays(20)).ToDateTimeOffset());
        Assert.That(database.IsMember(Ada, "buyers"), Is.False, "as of the latest time");
        Assert.That(database.IsMember(Ada, Buyers), Is.True, "a definition is asked for the clock's time");
        await database.TrackAsync(Bob, "Placed Order");
        Assert.That((database.IsMember(Bob, "buyers"), database.CountSegment("buyers")), Is.EqualTo((true, 1)));
        await fixture.ReopenAsync();
        Assert.That(fixture.Database.IsMember(Ada, "buyers"), Is.False, "also after an opening");

        fixture.Clock.AdjustTime(DatabaseFixture.Start.Plus(TimeSpan.FromDays(60)).ToDateTimeOffset());
        await fixture.Database.RunSegmentsAsync();
        Assert.That(
            fixture.Database.SegmentChanges().Select(c => (c.Entered, (c.At.UnixMs - DatabaseFixture.Start.UnixMs) / 86_400_000.0)),
            Is.EqualTo(new[] { (true, 0.0), (true, 30.0), (false, 30.0), (false, 50.0) }));
    }

    // What is written while the clock is behind counts at the instant at which segments stand, and the log says which that is: a
    // crash that takes every checkpoint, and whose clock is behind, does not take them back. Erased bytes that told it neither.
    [Test]
    public async Task Clock_SetBack_AndACrashWithoutCheckpoints_DoNotTakeSegmentsBack([Values] bool isEvent, [Values] bool isErased)
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        await fixture.Database.DefineSegmentAsync("buyers", Buyers);
        await fixture.Database.SegmentReadyAsync("buyers");
        await fixture.Database.TrackAsync(Ada, "Placed Order");
        await fixture.Database.TrackAsync(Bob, "Viewed Product");
        fixture.Clock.Advance(TimeSpan.FromDays(70));
        Assert.That(fixture.Database.IsMember(Ada, "buyers"), Is.False);
        if (isErased)
        {
            await fixture.Database.TrackAsync(Bob, "Viewed Product");
            await fixture.Database.EraseAsync(Bob, suppress: false);
            await fixture.Database.CompactAsync();
        }

        fixture.Clock.AdjustTime(DatabaseFixture.Start.Plus(TimeSpan.FromDays(31)).ToDateTimeOffset());
        var at = fixture.Database.Store.SegmentNow(fixture.Database.Store.Now);
        if (isEvent)
        {
            await fixture.Database.TrackAsync(Ada, "Viewed Product");
        }
        else if (!isErased)
        {
            await fixture.Database.IdentifyAsync([Ada], new PropertyMap { ["city"] = "Paris" });
        }

        foreach (var file in fixture.Files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            fixture.Files.Delete(file);
        }

        await fixture.CrashAsync();
        Assert.That(fixture.Database.Store.SegmentNow(fixture.Database.Store.Now), Is.EqualTo(at));
        Assert.That((await fixture.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Definition_ThatIsReplacedOrRemoved_LeavesTheExitsBeforeTheirInstant([Values] bool isRemoved)
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");
        fixture.Clock.Advance(TimeSpan.FromDays(40));
        await (isRemoved ? database.RemoveSegmentAsync("buyers").AsTask() : database.DefineSegmentAsync("buyers", NewYorkers).AsTask());

        Assert.That(
            database.SegmentChanges().Select(c => (c.Entered, c.At, c.Cause)),
            Is.EqualTo(new[]
            {
                (true, DatabaseFixture.Start, SegmentChangeCause.Write),
                (false, DatabaseFixture.Start.Plus(TimeSpan.FromDays(30)), SegmentChangeCause.Time),
            }));
    }

    [Test]
    public async Task Erasure_OfAnObject_IsSeenAtOnceByThoseWhoAreRelatedToIt()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("of an account", new SegmentDefinition(new RelatedObjectsCondition { ObjectType = "account" }));
        await database.SegmentReadyAsync("of an account");
        await database.RelateAsync(Ada, "account", "acme", "member");
        Assert.That(database.IsMember(Ada, "of an account"));
        await database.EraseAsync(Identifier.Object("account", "acme"), suppress: false);
        Assert.That((database.IsMember(Ada, "of an account"), database.CountSegment("of an account")), Is.EqualTo((false, 0)));
    }

    // The one who was erased behind the position of the fork left every segment of it, and its history counts nobody who is not there.
    [Test]
    public async Task History_OfAFork_CountsWithoutWhomWasErasedSince([Values(1, 3)] int lanes)
    {
        await using var fixture = await DatabaseFixture.OpenAsync(lanes);
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");
        await database.TrackAsync(Bob, "Placed Order");
        await database.CommitAsync();
        var position = database.Position;
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        await database.EraseAsync(Ada, suppress: false);

        var files = new SimulatedFiles(seed: 2);
        await database.Store.ForkAsync(files, position, CancellationToken.None);
        await using var fork = await DatabaseFixture.OpenAsync(files, fixture.Clock, lanes);
        Assert.That(fork.CountSegment("buyers"), Is.EqualTo(1));
        Assert.That(
            fork.SegmentHistory("buyers", DatabaseFixture.Start, unit: TimeUnit.Hour).Select(h => h.Members),
            Is.EqualTo(new[] { 2, 2, 1 }));
        Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
    }

    // Of a segment that another asks for, the present membership began when its rule began to hold.
    [Test]
    public async Task Joined_ASegment_IsSinceItsRuleHolds()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        var lately = new SegmentDefinition(new GroupMembershipCondition(true, ["buyers"], new RelativeDateFilter(RelativeDateOperator.InTheLast, 3, TimeUnit.Day)));
        await database.DefineSegmentAsync("new buyers", lately);
        await database.RunSegmentsAsync();
        await database.TrackAsync(Ada, "Placed Order", time: DatabaseFixture.Start.Plus(TimeSpan.FromDays(-40)));
        await database.TrackAsync(Ada, "Placed Order");
        await database.TrackAsync(Bob, "Placed Order", time: DatabaseFixture.Start.Plus(TimeSpan.FromDays(-5)));

        Assert.That((database.IsMember(Ada, "new buyers"), database.IsMember(Bob, "new buyers")), Is.EqualTo((true, false)));
        Assert.That(database.ExplainSegment(Ada, lately)!.Why.Value.AsInstant(), Is.EqualTo(DatabaseFixture.Start));
        fixture.Clock.Advance(TimeSpan.FromDays(3));
        await database.TrackAsync(Ada, "Placed Order");
        Assert.That(database.IsMember(Ada, "new buyers"), Is.False, "another order does not make the membership new");
        Assert.That(
            database.SegmentChanges("new buyers").Select(c => (c.Entered, c.At)),
            Is.EqualTo(new[] { (true, DatabaseFixture.Start), (false, DatabaseFixture.Start.Plus(TimeSpan.FromDays(3))) }));
    }

    [Test]
    public async Task DiskFault_EndsTheKeeping_NotTheAnswers()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.TrackAsync(Ada, "Placed Order");
        database.Store.Log.Poison(new IOException("The disk is gone."));
        fixture.Clock.Advance(TimeSpan.FromDays(31));

        Assert.That((database.IsMember(Ada, "buyers"), database.CountSegment("buyers")), Is.EqualTo((false, 0)));
    }

    // Tells whenever it is read.
    private sealed class WatchedClock() : FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset())
    {
        internal Action? Read { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            Read?.Invoke();
            return base.GetUtcNow();
        }
    }
}
