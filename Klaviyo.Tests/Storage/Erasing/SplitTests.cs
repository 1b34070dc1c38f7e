using Klaviyo.Tests.Storage.Database;

namespace Klaviyo.Tests.Storage.Erasing;

// "split restores both exactly, with what arrived since going where its own identifier points".
[TestFixture(1)]
[TestFixture(3)]
public sealed class SplitTests(int lanes)
{
    [Test]
    public async Task Split_OfTwoKnownProfiles_RestoresBothExactly()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1"], new() { ["city"] = "Rome", ["plan"] = "gold" });
        await store.Database.IdentifyAsync(["external_id:2"], new() { ["city"] = "Paris" });
        await store.Database.TrackAsync("external_id:1", "Placed Order", 10);
        var before = (store.Database.Profile("external_id:1")!, store.Database.Profile("external_id:2")!);
        var merged = await store.Database.MergeAsync("external_id:1", "external_id:2");
        Assert.That((merged.Source, merged.Destination), Is.EqualTo((before.Item1.Id, before.Item2.Id)));
        Assert.That(store.Database.Profile("external_id:1")!.Properties["city"], Is.EqualTo((PropertyValue)"Paris"));
        Assert.That(store.Database.Profile("external_id:2")!.Properties["plan"], Is.EqualTo((PropertyValue)"gold"));
        Assert.That(store.Count("external_id:2", "Placed Order"), Is.EqualTo(1));

        var split = await store.Database.SplitAsync("external_id:2");
        Assert.That(split, Is.EqualTo(merged));
        foreach (var crashes in (bool[])[true, false])
        {
            var after = (store.Database.Profile("external_id:1")!, store.Database.Profile("external_id:2")!);
            Assert.That(after.Item1.Properties, Is.EqualTo(before.Item1.Properties));
            Assert.That(after.Item2.Properties, Is.EqualTo(before.Item2.Properties));
            Assert.That(store.Count("external_id:1", "Placed Order"), Is.EqualTo(1));
            Assert.That(store.Count("external_id:2", "Placed Order"), Is.Zero);
            Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
            await (crashes ? store.CrashAsync() : store.ReopenAsync());
        }
    }

    [Test]
    public async Task Split_WhatArrivedSince_GoesWhereItsIdentifierPoints()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1"]);
        await store.Database.IdentifyAsync(["external_id:2"]);
        await store.Database.MergeAsync("external_id:1", "external_id:2");
        await store.Database.TrackAsync("external_id:1", "Placed Order", 10);
        await store.Database.TrackAsync("external_id:2", "Placed Order", 10);
        await store.Database.TrackAsync("external_id:2", "Placed Order", 10);
        await store.Database.SplitAsync("external_id:1");
        Assert.That(store.Count("external_id:1", "Placed Order"), Is.EqualTo(1));
        Assert.That(store.Count("external_id:2", "Placed Order"), Is.EqualTo(2));
    }

    [Test]
    public async Task Split_OfANamedSource_LeavesTheOthers()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        foreach (var n in (string[])["1", "2", "3"])
        {
            await store.Database.TrackAsync(Identifier.ExternalId(n), "Placed Order");
        }

        await store.Database.MergeAsync("external_id:1", "external_id:3");
        await store.Database.MergeAsync("external_id:2", "external_id:3");
        await store.Database.SplitAsync("external_id:1");
        Assert.That(store.Count("external_id:1", "Placed Order"), Is.EqualTo(1));
        Assert.That(store.Count("external_id:2", "Placed Order"), Is.EqualTo(2));
        await store.CrashAsync();
        await store.Database.MergeAsync("external_id:3", "external_id:1");
        await store.CrashAsync();
        Assert.That(store.Count("external_id:2", "Placed Order"), Is.EqualTo(3));
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task MergeAndSplit_WithNothingToDo_SayWhy()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1", "email:a@b.c"]);
        Assert.That((await store.Database.MergeAsync("external_id:1", "email:a@b.c")).Rejection!.Reason, Does.Contain("one profile already"));
        Assert.That((await store.Database.MergeAsync("external_id:1", "external_id:9")).Rejection!.Reason, Does.Contain("external_id:9"));
        Assert.That((await store.Database.SplitAsync("external_id:1")).Rejection!.Reason, Does.Contain("merged"));
        Assert.That((await store.Database.SplitAsync("external_id:9")).Rejection!.Reason, Does.Contain("external_id:9"));
    }
}
