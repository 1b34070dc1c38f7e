using Klaviyo.Json;

namespace Klaviyo.Tests.Storage.Database;

public sealed class WriteTests
{
    [Test]
    public async Task Track_WithoutUniqueId_IsAlwaysStored()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync("email:a@b.c", "Placed Order", 5);
        await store.Database.TrackAsync("email:a@b.c", "Placed Order", 5);
        Assert.That(store.Count("email:a@b.c", "Placed Order"), Is.EqualTo(2));
    }

    [Test]
    public async Task Track_SameUniqueIdAfterYears_IsADuplicate()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync("email:a@b.c", "Placed Order", 5, uniqueId: "o");
        store.Clock.Advance(TimeSpan.FromDays(4000));
        await store.ReopenAsync();
        var repeat = await store.Database.TrackAsync("email:a@b.c", "Placed Order", 99, uniqueId: "o");
        Assert.That(repeat.Duplicate, Is.True);
        Assert.That(store.Database.Events("email:a@b.c").Events.Single().Value, Is.EqualTo(5), "the first wins");
    }

    [Test]
    public async Task Batch_WithABadWrite_RefusesItAlone()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var results = await store.Database.WriteAsync(
        [
            new CustomerEvent { Profile = ["email:a@b.c"], Metric = "Placed Order" },
            new CustomerEvent { Profile = ["email:b@b.c"], Metric = "" },
            new CustomerEvent { Profile = ["email:c@b.c"], Metric = "Placed Order" },
        ]);
        Assert.That(results.Select(r => r.Accepted), Is.EqualTo(new[] { true, false, true }));
        Assert.That(results[1].Rejection!.Line, Is.EqualTo(2));
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(2), "what is refused creates nothing");
    }

    [Test]
    public async Task Write_WithoutAnyIdentifier_IsRefused()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var result = await store.Database.WriteAsync(new CustomerEvent { Profile = [], Metric = "Placed Order" });
        Assert.That(result.Rejection!.Field, Is.EqualTo("profile"));
    }

    [Test]
    public async Task Apply_WithoutCommit_IsSeenAtOnceAndLostInACrash()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync("email:a@b.c", "Placed Order");
        store.Database.Apply(new CustomerEvent { Profile = ["email:a@b.c"], Metric = "Placed Order" });
        Assert.That(store.Count("email:a@b.c", "Placed Order"), Is.EqualTo(2));
        await store.CrashAsync();
        Assert.That(store.Count("email:a@b.c", "Placed Order"), Is.EqualTo(1));
    }

    [Test]
    public async Task Event_InTheFuture_DoesNotExistYet()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var time = DatabaseFixture.Start.PlusMs(1);
        await store.Database.TrackAsync("email:a@b.c", "Placed Order", time: time);
        Assert.That(store.Count("email:a@b.c", "Placed Order"), Is.Zero);
        Assert.That(store.Database.Profile("email:a@b.c"), Is.Null);
        store.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(store.Count("email:a@b.c", "Placed Order"), Is.EqualTo(1));
    }

    [Test]
    public async Task Explain_ConsentDatedInTheFuture_FlipsWhenItComesTrue()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var tomorrow = DatabaseFixture.Start.Plus(TimeSpan.FromDays(1));
        await store.Database.IdentifyAsync(["email:a@b.c"]);
        await store.Database.WriteAsync(new ConsentWrite
        {
            Profile = ["email:a@b.c"],
            Channel = "email",
            Status = ConsentStatus.Subscribed,
            Time = tomorrow,
        });
        var subscribed = SegmentJson.Parse("""
            {"condition_groups":[{"conditions":[{"type":"profile-marketing-consent","consent":
            {"channel":"email","can_receive_marketing":true,"consent_status":{"subscription":"subscribed"}}}]}]}
            """);
        var why = store.Database.ExplainSegment("email:a@b.c", subscribed)!;
        Assert.That((why.Member, why.FlipsAt), Is.EqualTo((false, (Instant?)tomorrow)));
        Assert.That(store.Database.IsMember("email:a@b.c", subscribed, tomorrow), Is.True);
    }

    [Test]
    public async Task Properties_LateWrite_DoesNotOverrideANewerOne()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var yesterday = DatabaseFixture.Start.Plus(TimeSpan.FromDays(-1));
        await store.Database.IdentifyAsync(["email:a@b.c"], new() { ["city"] = "Paris" });
        await store.Database.IdentifyAsync(["email:a@b.c"], new() { ["city"] = "Rome" }, yesterday);
        Assert.That(store.Database.Profile("email:a@b.c")!.Properties["city"], Is.EqualTo((PropertyValue)"Paris"));
        Assert.That(store.Database.Profile("email:a@b.c", yesterday)!.Properties["city"], Is.EqualTo((PropertyValue)"Rome"));
    }

    [Test]
    public async Task Write_OnOneThread_IsSeenOnEveryOther()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 2);
        var people = Enumerable.Range(0, 8).Select(n => Identifier.ExternalId($"{n}")).ToArray();
        await Parallel.ForEachAsync(people, async (person, _) =>
        {
            for (var n = 1; n <= 50; n++)
            {
                await store.Database.TrackAsync(person, "Placed Order", n, cancellationToken: CancellationToken.None);
                Assert.That(await Task.Run(() => store.Count(person, "Placed Order"), CancellationToken.None), Is.EqualTo(n));
            }
        });
        Assert.That(store.Database.Stats().Events, Is.EqualTo(400));
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Events_Paged_AreAllEventsInOrder()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        for (var n = 0; n < 25; n++)
        {
            await store.Database.TrackAsync("email:a@b.c", n % 2 == 0 ? "A" : "B", n, time: DatabaseFixture.Start.PlusMs(-n / 3));
        }

        foreach (var descending in new[] { false, true })
        {
            var all = store.Database.Events("email:a@b.c", new EventQuery { Descending = descending }).Events;
            var paged = new List<StoredEvent>();
            for (string? cursor = null; paged.Count == 0 || cursor is not null;)
            {
                var page = store.Database.Events("email:a@b.c", new EventQuery { Limit = 4, Cursor = cursor, Descending = descending });
                paged.AddRange(page.Events);
                cursor = page.Next;
            }

            Assert.That(paged.Select(e => e.Id), Is.EqualTo(all.Select(e => e.Id)));
            Assert.That(all.Select(e => e.Time), descending ? Is.Ordered.Descending : Is.Ordered);
        }
    }

    [Test]
    public async Task Subscription_SeesOldAndNewEventsOnceAndGoesOnFromItsPosition()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        for (var n = 0; n < 10; n++)
        {
            await store.Database.TrackAsync($"external_id:{n}", "A", n);
        }

        var seen = new List<double?>();
        StorePosition? position = null;
        await foreach (var next in store.Database.SubscribeAsync())
        {
            seen.Add(next.Event.Value);
            position = StorePosition.Parse(next.Next.ToString());
            if (seen.Count == 10)
            {
                break;
            }
        }

        var following = store.Database.SubscribeAsync(position).GetAsyncEnumerator();
        var pending = following.MoveNextAsync();
        Assert.That(pending.IsCompleted, Is.False, "nothing new yet");
        await store.Database.TrackAsync("external_id:new", "A", 10);
        Assert.That(await pending, Is.True);
        seen.Add(following.Current.Event.Value);
        await following.DisposeAsync();
        Assert.That(seen, Is.EquivalentTo(Enumerable.Range(0, 11).Select(n => (double?)n)));
    }
}
