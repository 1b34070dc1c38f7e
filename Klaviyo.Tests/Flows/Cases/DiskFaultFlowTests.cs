using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Flows.Cases;

// C3, Netherite FaultInjector, SQLite: the k-th call to the disk fails, for k = 1, 2, 3, … until a life has no failure. Whatever comes
// of a life, the next one goes on: each step was taken once, each message was decided once and has one key.
public sealed class DiskFaultFlowTests
{
    private static readonly string[] People = ["email:ada@example.com", "email:bob@example.com", "email:eve@example.com"];

    private static readonly FlowDefinition Flow = Some.Flow(
        "f", new MetricTrigger("A"), Some.Set("set", "list", "p", "x"), Some.List("list", "one", "L"), Some.Email("one", "d"), Some.Delay("d", "two", 1), Some.Email("two", "e"),
        Some.Delay("e", "three", 1), Some.Webhook("three"));

    [Test]
    public async Task C3_TheKthCallFails_UntilNoneDoes_NothingIsLostOrDoubled(
        [Values(FileCall.Write, FileCall.Sync, FileCall.SetLength, FileCall.Create, FileCall.Rename, FileCall.SyncDirectory)] FileCall call,
        [Values(FaultKind.Error, FaultKind.Half)] FaultKind kind,
        [Values] bool powerGoesToo)
    {
        var lives = 0;
        for (var (k, struck) = (1, true); struck; k++, lives++)
        {
            struck = await LiveAsync(new FaultPlan(call, "", k, Kind: kind), powerGoesToo);
        }

        await TestContext.Out.WriteLineAsync($"{lives} lives");
        Assert.That(lives, Is.GreaterThan(1), "no call of the kind was made");
    }

    private static async Task<bool> LiveAsync(FaultPlan plan, bool powerGoesToo)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.DisposeAsync();
        try
        {
            await using var platform = await world.OpenAsync(new FaultyFiles(world.Files, plan), world.Receive);
            await ScriptAsync(world, platform);
        }
        catch (Exception fault) when (plan.HasStruck && Rooted(fault).Any(e => e is IOException or StorePoisonedException))
        {
            // A disk that failed ends the life, and says so.
        }

        if (powerGoesToo)
        {
            await world.CutPowerAsync();
        }
        else
        {
            await world.ReopenAsync(dispose: false);
        }

        await ScriptAsync(world, world.Platform);
        for (var day = 0; day < 4; day++)
        {
            await world.AdvanceAsync(TimeSpan.FromDays(1));
        }

        Judge(world, $"{plan}");
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null, $"{plan}");
        return plan.HasStruck;
    }

    // Whoever is not sure that a write was stored writes again, under the same id.
    private static async Task ScriptAsync(FlowWorld world, CustomerPlatform platform)
    {
        foreach (var who in People)
        {
            await platform.TrackAsync(who, "A", uniqueId: $"of {who}");
            await platform.RunDueAsync();
        }

        world.Clock.Advance(TimeSpan.FromHours(13));
        await platform.CheckpointAsync();
        await platform.RunDueAsync();
        world.Clock.Advance(TimeSpan.FromHours(13));
        await platform.RunDueAsync();
    }

    private static void Judge(FlowWorld world, string plan)
    {
        var messages = world.Offered.Select(m => (m.Key, m.Run, m.Step, m.At)).Distinct().ToList();
        Assert.That(messages.Select(m => m.Key), Is.Unique, plan);
        Assert.That(messages.CountBy(m => m.Step).OrderBy(c => c.Key).Select(c => (c.Key, c.Value)), Is.EqualTo([("one", 3), ("three", 3), ("two", 3)]), plan);
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Entered, stats.Running, stats.Sends, stats.Delivered, stats.Updates), Is.EqualTo((3L, 0L, 9L, 9L, 6L)), plan);
        foreach (var who in People)
        {
            Assert.That(world.Platform.Profile(who)!.Metrics["Received Email"].Count, Is.EqualTo(2), plan);
        }
    }

    private static IEnumerable<Exception> Rooted(Exception fault)
    {
        for (Exception? e = fault; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}
