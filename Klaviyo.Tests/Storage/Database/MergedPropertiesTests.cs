using System.Text;
using Klaviyo.Json;
using Klaviyo.Tests.Oracle;

namespace Klaviyo.Tests.Storage.Database;

// "Destination's properties win, source's fill gaps": so what a destination shows, of whomever it has it, one more source does not
// change. Twelve of each, so that with several lanes they stand in all of them.
[TestFixture(1)]
[TestFixture(3)]
public sealed class MergedPropertiesTests(int lanes)
{
    private static readonly SegmentDefinition InAthens = SegmentJson.Parse("""
        {"condition_groups":[{"conditions":[
          {"type":"profile-property","property":"city","filter":{"type":"string","operator":"equals","value":"Athens"}}]}]}
        """);

    [Test]
    public async Task SecondSource_FillsOnlyWhatTheFirstLeft()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.DefineSegmentAsync("in Athens", InAthens);
        await ForAllAsync(store, ThreePeopleAsync);
        await ForAllAsync(store, (database, i) => MergeAsync(database, $"a{i}", $"d{i}"));
        AssertShown(store.Database, "Athens");
        await ForAllAsync(store, (database, i) => MergeAsync(database, $"b{i}", $"d{i}"));
        for (var opening = 0; opening < 3; opening++)
        {
            AssertShown(store.Database, "Athens");
            Assert.That(store.Database.CountSegment("in Athens"), Is.EqualTo(12));
            Assert.That(store.Database.CountSegment(InAthens), Is.EqualTo(12));
            for (var i = 0; i < 12; i++)
            {
                var person = Person($"d{i}");
                Assert.That(store.Database.Profile(person)!.Properties["plan"], Is.EqualTo((PropertyValue)"gold"), "b's fills the gap");
                Assert.That(store.Database.Profile(person, Day(2))!.Properties["city"], Is.EqualTo((PropertyValue)"Athens"));
                Assert.That(store.Database.PropertyHistory(person, "city"), Is.EqualTo(new[] { new PropertyWrite(Day(2), "Athens") }));
            }

            await (opening == 0 ? store.CrashAsync() : store.ReopenAsync());
        }

        var export = await ExportRoundTripTests.ExportAsync(store.Database);
        await using var other = await DatabaseFixture.OpenAsync(lanes);
        Assert.That((await ExportRoundTripTests.ImportAsync(other.Database, export)).FirstRejection, Is.Null);
        AssertShown(other.Database, "Athens");
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Split_OfTheFirst_ShowsTheSecond_AndMergedAgainItIsTheLast()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await ForAllAsync(store, ThreePeopleAsync);
        await ForAllAsync(store, (database, i) => MergeAsync(database, $"a{i}", $"d{i}"));
        await ForAllAsync(store, (database, i) => MergeAsync(database, $"b{i}", $"d{i}"));
        await ForAllAsync(store, async (database, i) => await database.SplitAsync(Person($"a{i}")));
        AssertShown(store.Database, "Berlin");
        Assert.That(store.Database.Profile(Person("a1"))!.Properties["city"], Is.EqualTo((PropertyValue)"Athens"));
        await ForAllAsync(store, (database, i) => MergeAsync(database, $"a{i}", $"d{i}"));
        AssertShown(store.Database, "Berlin");
        await ForAllAsync(store, async (database, i) => await database.SplitAsync(Person($"b{i}")));
        AssertShown(store.Database, "Athens");
    }

    [Test]
    public async Task SourceOfASource_StandsWhereItsDestinationStands()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await ForAllAsync(store, ThreePeopleAsync);
        await ForAllAsync(store, async (database, i) =>
        {
            await SetAsync(database, $"between{i}", "x", 1, Day(1));
            await MergeAsync(database, $"a{i}", $"between{i}");
            await MergeAsync(database, $"between{i}", $"d{i}");
            await MergeAsync(database, $"b{i}", $"d{i}");
        });
        AssertShown(store.Database, "Athens");
        await store.CrashAsync();
        AssertShown(store.Database, "Athens");
    }

    [Test]
    public async Task WrittenAfterTheMerges_ThroughWhomever_WinsOverAllSources([Values("d", "a", "b")] string through)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await ForAllAsync(store, ThreePeopleAsync);
        await ForAllAsync(store, async (database, i) =>
        {
            await MergeAsync(database, $"a{i}", $"d{i}");
            await MergeAsync(database, $"b{i}", $"d{i}");
            await SetAsync(database, $"{through}{i}", "city", "Oslo", Day(1));
        });
        AssertShown(store.Database, "Oslo");
    }

    [Test]
    public async Task Cleared_IsNoGap()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await ForAllAsync(store, ThreePeopleAsync);
        await ForAllAsync(store, async (database, i) =>
        {
            await SetAsync(database, $"a{i}", "plan", PropertyValue.Null, Day(1));
            await SetAsync(database, $"d{i}", "city", PropertyValue.Null, Day(1));
            await MergeAsync(database, $"a{i}", $"d{i}");
            await MergeAsync(database, $"b{i}", $"d{i}");
        });
        AssertShown(store.Database, PropertyValue.Null);
        Assert.That(store.Database.Profile(Person("d1"))!.Properties["plan"], Is.EqualTo(PropertyValue.Null), "the first source cleared it");
    }

    // A clock may have gone back in between; what the destination showed by then does not depend on it.
    [Test]
    public async Task OrderOfMerges_IsThatOfTheLog()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await ForAllAsync(store, ThreePeopleAsync);
        await ForAllAsync(store, async (database, i) =>
        {
            var lines = $$"""
                {"type":"merge","profile":"external_id:d{{i}}","source":"external_id:a{{i}}","time":"2026-11-20T00:00:00.000Z"}
                {"type":"merge","profile":"external_id:d{{i}}","source":"external_id:b{{i}}","time":"2026-11-10T00:00:00.000Z"}
                """;
            var result = await ExportRoundTripTests.ImportAsync(database, Encoding.UTF8.GetBytes(lines));
            Assert.That(result.FirstRejection, Is.Null);
        });
        AssertShown(store.Database, "Athens");
        await store.CrashAsync();
        AssertShown(store.Database, "Athens");
    }

    private static Instant Day(int day) => Instant.Parse($"2026-01-0{day}T00:00:00Z");

    private static Identifier Person(string name) => Identifier.ExternalId(name);

    private static async Task ForAllAsync(DatabaseFixture store, Func<CustomerDatabase, int, Task> deed)
    {
        for (var i = 0; i < 12; i++)
        {
            await deed(store.Database, i);
        }
    }

    private static async Task ThreePeopleAsync(CustomerDatabase database, int i)
    {
        await SetAsync(database, $"d{i}", "x", 1, Day(1));
        await SetAsync(database, $"a{i}", "city", "Athens", Day(2));
        await SetAsync(database, $"b{i}", "city", "Berlin", Day(3));
        await SetAsync(database, $"b{i}", "plan", "gold", Day(3));
    }

    private static async Task SetAsync(CustomerDatabase database, string person, string name, PropertyValue value, Instant time) =>
        await database.IdentifyAsync([Person(person)], new PropertyMap { [name] = value }, time);

    private static async Task MergeAsync(CustomerDatabase database, string source, string destination) =>
        Assert.That((await database.MergeAsync(Person(source), Person(destination))).Accepted, Is.True);

    private static void AssertShown(CustomerDatabase database, PropertyValue city)
    {
        var shown = Enumerable.Range(0, 12).Select(i => database.Profile(Person($"d{i}"))!.Properties["city"]);
        Assert.That(shown, Is.All.EqualTo(city));
        var isInAthens = Enumerable.Range(0, 12).Select(i => database.IsMember(Person($"d{i}"), InAthens));
        Assert.That(isInAthens, Is.All.EqualTo(city == "Athens"));
    }
}
