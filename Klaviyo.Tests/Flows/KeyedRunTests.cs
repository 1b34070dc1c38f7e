using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// "A run belongs to one profile (and, where the flow has a key such as cart_id, to one key value)." (C19: keyed entry)
public sealed class KeyedRunTests
{
    private static FlowDefinition Carts(ReentryCriteria? reentry = null) => FlowBuilder.Named("f")
        .OnEvent("Added to Cart", key: "cart_id")
        .WaitFor("Placed Order", TimeSpan.FromDays(2), bought => bought.End(), same: "cart_id")
        .As("mail").Email("Your cart {{ event.cart_id }}", "x")
        .Build() with
    {
        Reentry = reentry,
    };

    [Test]
    public async Task C19_KeyedEntry_OneRunForEachKeyAtATime_AndTheOrderOfACartEndsItsRunAlone()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Carts());
        await CartAsync(world, "one");
        await CartAsync(world, "two");
        await CartAsync(world, "one");
        await CartAsync(world, null);
        await world.Platform.RunDueAsync();
        var keys = world.Platform.Runs("f").Select(r => r.Key.IsNull ? "" : r.Key.AsString());
        Assert.That(keys.Order(), Is.EqualTo(["", "one", "two"]));
        Assert.That(world.Platform.FlowStats("f").Skips[SkipReason.ReentryNotAllowed], Is.EqualTo(1));

        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        await world.Platform.TrackAsync(Some.Ada, "Placed Order", null, new PropertyMap { ["cart_id"] = "one" });
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.That(world.Offered.Select(m => m.Subject).Order(), Is.EqualTo(["Your cart ", "Your cart two"]));

        // Its run has ended: the key may come again.
        await CartAsync(world, "one");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Single().Key, Is.EqualTo((PropertyValue)"one"));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task C19_Reentry_IsThatOfTheKey_AfterACheckpointAndAMergeToo()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Carts(ReentryCriteria.Never));
        await CartAsync(world, "one", "anonymous_id:a");
        await world.AdvanceAsync(TimeSpan.FromDays(9));
        await world.Platform.CheckpointAsync();
        await world.ReopenAsync();
        await world.Platform.IdentifyAsync([Some.Ada, "anonymous_id:a"]);
        await CartAsync(world, "one");
        await CartAsync(world, "two");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Select(r => r.Key), Is.EqualTo(new[] { (PropertyValue)"two" }));
        await world.Platform.CheckpointAsync();
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task C23_BackPopulation_EachKeyOnce()
    {
        await using var world = await FlowWorld.OpenAsync();
        foreach (var cart in new[] { "one", "two", "one" })
        {
            await CartAsync(world, cart);
        }

        await world.Platform.DefineFlowAsync(Carts());
        Assert.That(await world.Platform.BackPopulateFlowAsync("f"), Is.EqualTo(2));
        await world.Platform.RunDueAsync();
        Assert.That(await world.Platform.BackPopulateFlowAsync("f"), Is.Zero);
        Assert.That(world.Platform.Runs("f").Select(r => r.Key.AsString()).Order(), Is.EqualTo(["one", "two"]));
    }

    [Test]
    public void Json_ReadsBackToTheSame()
    {
        var flow = Carts() with { Triggers = [new MetricTrigger("A") { Key = "cart_id" }, new ApiTrigger { Key = "order.id" }] };
        Assert.That(FlowJson.Parse(FlowJson.Write(flow), "f"), Is.EqualTo(flow));
        Assert.That(FlowJson.Write(flow), Does.Contain("""{"type":"metric","id":"A","key":"cart_id"},{"type":"api","key":"order.id"}"""));
    }

    private static async Task CartAsync(FlowWorld world, string? cart, string who = Some.Ada)
    {
        var properties = cart is null ? new PropertyMap() : new PropertyMap { ["cart_id"] = cart };
        await world.Platform.WriteAsync([new CustomerEvent { Profile = [who], Metric = "Added to Cart", Properties = properties, ProfileProperties = new PropertyMap { ["$email"] = "ada@example.com" } }]);
    }
}
