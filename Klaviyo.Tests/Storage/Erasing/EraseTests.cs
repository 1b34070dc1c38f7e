using Klaviyo.Json;
using Klaviyo.Tests.Storage.Database;

namespace Klaviyo.Tests.Storage.Erasing;

[TestFixture(1)]
[TestFixture(3)]
public sealed class EraseTests(int lanes)
{
    private static readonly SegmentDefinition Everyone = SegmentJson.Parse("""
        {"condition_groups":[{"conditions":[{"type":"profile-metric","metric_id":"Viewed Product","measurement":"count",
          "measurement_filter":{"type":"numeric","operator":"greater-than-or-equal","value":0},
          "timeframe_filter":{"type":"date","operator":"alltime"}}]}]}
        """);

    [Test]
    public async Task Erase_FromItsReturnOn_NoAnswerShowsTheProfile()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        var id = (await store.Database.TrackAsync("email:ada@example.com", "Placed Order", 10)).Profile;
        await store.Database.TrackAsync("email:bob@example.com", "Placed Order", 20);
        var erased = await store.Database.EraseAsync("email:ada@example.com");
        Assert.That(erased, Is.EqualTo(new EraseResult(id, 1, 1)));
        await ExpectGoneAsync(store, id);
        await store.CrashAsync();
        await ExpectGoneAsync(store, id);
        await store.ReopenAsync();
        await ExpectGoneAsync(store, id);
        Assert.That(await store.Database.EraseAsync("email:ada@example.com"), Is.Null);
    }

    [Test]
    public async Task Erase_OfAMergedTree_ErasesAllOfIt()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.TrackAsync("anonymous_id:d1", "Viewed Product");
        await store.Database.TrackAsync("anonymous_id:d2", "Viewed Product");
        await store.Database.TrackAsync("email:ada@example.com", "Placed Order");
        await store.Database.IdentifyAsync(["email:ada@example.com", "anonymous_id:d1"]);
        await store.Database.IdentifyAsync(["email:ada@example.com", "anonymous_id:d2"]);
        var erased = await store.Database.EraseAsync("anonymous_id:d2");
        Assert.That((erased!.Profiles, erased.Events), Is.EqualTo((3, 3)));
        foreach (var key in (string[])["anonymous_id:d1", "anonymous_id:d2", "email:ada@example.com"])
        {
            Assert.That(store.Database.Profile(key), Is.Null);
        }

        Assert.That((store.Database.Stats().Profiles, store.Database.Stats().Erased), Is.EqualTo((0, 1)));
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Erase_FreesTheIdentifiers_ForSomebodyNew()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        var first = (await store.Database.TrackAsync("email:ada@example.com", "Placed Order", uniqueId: "o-1")).Profile;
        await store.Database.EraseAsync("email:ada@example.com");
        await store.Database.IdentifyAsync(["external_id:7", "email:ada@example.com"]);
        var again = await store.Database.TrackAsync("email:ada@example.com", "Placed Order", uniqueId: "o-1");
        Assert.That((again.Profile == first, again.Duplicate), Is.EqualTo((false, false)), "the ids of the erased are never given again");
        for (var life = 0; life < 3; life++)
        {
            Assert.That(store.Count("external_id:7", "Placed Order"), Is.EqualTo(1));
            Assert.That(store.Count("email:ada@example.com", "Placed Order"), Is.EqualTo(1));
            Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
            await (life == 0 ? store.CrashAsync() : store.ReopenAsync());
        }
    }

    [Test]
    public async Task Erase_WithSuppress_RefusesTheIdentifiersForEver()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1", "email:ada@example.com"]);
        await store.Database.TrackAsync("anonymous_id:d", "Viewed Product");
        await store.Database.EraseAsync("external_id:1", suppress: true);
        for (var life = 0; life < 3; life++)
        {
            var refused = await store.Database.TrackAsync("email:Ada@Example.com ", "Placed Order");
            var together = await store.Database.IdentifyAsync(["anonymous_id:d", "external_id:1"]);
            Assert.That(refused.Rejection!.Reason, Does.Contain("email:ada@example.com").And.Contain("erased"));
            Assert.That(together.Rejection!.Reason, Does.Contain("external_id:1"));
            Assert.That((await store.Database.TrackAsync("email:other@example.com", "Placed Order")).Accepted, Is.True);
            Assert.That(store.Database.Profile("anonymous_id:d")!.Identifiers, Has.Count.EqualTo(1));
            await (life == 0 ? store.CrashAsync() : store.ReopenAsync());
        }
    }

    [Test]
    public async Task Erase_WithoutSuppress_KeepsNoHash()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1"]);
        await store.Database.EraseAsync("external_id:1");
        Assert.That(store.Database.Store.State.Identifiers.TryGet("external_id:1", out _), Is.False);
        Assert.That(store.Database.Store.State.Erasures.IsSuppressed("external_id:1"), Is.False);
    }

    [Test]
    public async Task Erase_HidesTheEventsFromSubscriptions()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.TrackAsync("email:ada@example.com", "Placed Order", 1);
        await store.Database.TrackAsync("email:bob@example.com", "Placed Order", 2);
        await store.Database.EraseAsync("email:ada@example.com");
        await store.Database.TrackAsync("email:bob@example.com", "Placed Order", 3);
        foreach (var compacts in (bool[])[false, true])
        {
            if (compacts)
            {
                await store.Database.CompactAsync();
            }

            var seen = new List<double?>();
            await foreach (var next in store.Database.SubscribeAsync())
            {
                seen.Add(next.Event.Value);
                if (seen.Count == 2)
                {
                    break;
                }
            }

            Assert.That(seen, Is.EqualTo((double?[])[2, 3]));
        }
    }

    private static async Task ExpectGoneAsync(DatabaseFixture store, ProfileId id)
    {
        var database = store.Database;
        var stats = database.Stats();
        foreach (Identifier key in (Identifier[])["email:ada@example.com", $"id:{id}"])
        {
            Assert.That(database.Profile(key), Is.Null);
            Assert.That(database.Events(key).Events, Is.Empty);
            Assert.That(store.Count(key, "Placed Order"), Is.Zero);
            Assert.That(database.IsMember(key, Everyone), Is.False);
            Assert.That(database.ExplainSegment(key, Everyone), Is.Null);
        }

        Assert.That(database.Profiles(Instant.MaxValue).Select(p => p.Email), Is.EqualTo(["bob@example.com"]));
        Assert.That(database.CountSegment(Everyone), Is.EqualTo(1));
        Assert.That(database.MetricSeries("Placed Order", TimeUnit.Day).Sum(r => r.Count), Is.EqualTo(1));
        Assert.That((stats.Events, stats.Profiles, stats.Metrics["Placed Order"], stats.Erased), Is.EqualTo((1, 1, 1, 1)));
        Assert.That(stats.LastErased, Is.EqualTo(DatabaseFixture.Start));
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }
}
