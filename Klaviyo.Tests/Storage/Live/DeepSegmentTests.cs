using Klaviyo.Json;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Storage.Live;

// A segment as deeply nested as may be: everything that a store does with it fits into a small stack.
public sealed class DeepSegmentTests
{
    private static readonly Identifier Ada = "email:ada@example.com";

    [Test]
    public void Live_Counted_Explained_AndOpenedAgain([ValueSource(typeof(DeepConditions), nameof(DeepConditions.Names))] string shape)
    {
        SmallStack.Run(() => Run(async () =>
        {
            await using var store = await DatabaseFixture.OpenAsync();
            var deep = SegmentJson.Parse(DeepConditions.Json(shape, DeepConditions.LevelsMax));
            await store.Database.DefineSegmentAsync("deep", deep);
            await store.Database.DefineSegmentAsync("in code", new SegmentDefinition(DeepConditions.InCode(shape, DeepConditions.LevelsMax)));
            store.Database.Store.RunSegments();
            await store.Database.TrackAsync(Ada, "m");
            Expect(store.Database);

            await store.ReopenAsync();
            Expect(store.Database);
            Assert.That(SegmentJson.Write(store.Database.Segment("deep")!), Is.EqualTo(SegmentJson.Write(deep)));

            void Expect(CustomerDatabase database)
            {
                Assert.That(database.IsMember(Ada, "deep"), Is.True);
                Assert.That(database.IsMember(Ada, deep), Is.True);
                Assert.That(database.CountSegment("in code"), Is.EqualTo(1));
                Assert.That(database.CountSegment(deep), Is.EqualTo(1));
                Assert.That(database.SegmentOverlap("deep", "in code"), Is.EqualTo(1));
                Assert.That(database.CheckSegment(deep), Is.Empty);
                Assert.That(database.ExplainSegment(Ada, deep)!.FlipsAt, Is.EqualTo(DatabaseFixture.Start.Plus(TimeSpan.FromDays(1))));
            }
        }));
    }

    // An evaluation goes down through the segments that are asked, on one stack.
    [Test]
    public async Task Segments_ThatAskSegments_AreTogetherNoDeeperThanTwiceTheBound()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var database = store.Database;
        await database.DefineSegmentAsync("third", SegmentJson.Parse(Asking("second", 0)));
        await database.DefineSegmentAsync("second", SegmentJson.Parse(Asking("first", 254)));
        Assert.That(
            async () => await database.DefineSegmentAsync("first", SegmentJson.Parse(DeepConditions.Json("not", 256))),
            Throws.TypeOf<DefinitionException>().With.Message.EqualTo(
                "$: With it the segment 'third', which asks for it, has conditions that are nested deeper than 512, with those of the segments that it asks for."));
        await database.DefineSegmentAsync("first", SegmentJson.Parse(DeepConditions.Json("not", 255)));
        Assert.That(
            async () => await database.DefineSegmentAsync("fourth", SegmentJson.Parse(Asking("third", 0))),
            Throws.TypeOf<DefinitionException>().With.Message.Contains("'fourth'"));

        await database.RemoveSegmentAsync("third");
        await database.DefineSegmentAsync("first", SegmentJson.Parse(DeepConditions.Json("not", 256)));
        await database.TrackAsync(Ada, "m");
        await store.ReopenAsync();
        Assert.That(store.Database.Segments, Is.EqualTo(["first", "second"]));
        Assert.That(store.Database.IsMember(Ada, "second"), Is.True);

        static string Asking(string group, int levels) => DeepConditions.Json(
            "not", levels, $$"""{"type":"profile-group-membership","is_member":true,"group_ids":["{{group}}"]}""");
    }

    // The store is on a simulated disk, which answers at once: all of it is done by the thread that asks.
    private static void Run(Func<Task> test) => test().GetAwaiter().GetResult();
}
