using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// A run that waits for something about the accounts of a person is asked again for the instant at which one changed, whenever the
// turn comes, and through a crash.
public sealed class ObjectsInFlowsTests
{
    private static readonly Identifier Ada = Identifier.Parse(Some.Ada);

    private static FlowDefinition Waiting(string quantifier) => FlowBuilder.Named("f")
        .OnEvent("A")
        .WaitUntil(SegmentJson.Parse($$$"""
            {"type":"related-objects","object_type":"account","quantifier":"{{{quantifier}}}","where":
             {"or":[{"type":"profile-property","property":"plan","filter":{"type":"string","operator":"equals","value":"pro"}},
                    {"type":"profile-metric","metric_id":"Renewed","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},"timeframe_filter":{"type":"date","operator":"alltime"}}]}}
            """).Root, TimeSpan.FromDays(1), b => b.As("changed").Email("m", "x").End())
        .Build();

    private static readonly Dictionary<string, Func<CustomerPlatform, ValueTask>> Changes = new()
    {
        ["related"] = async platform => await platform.RelateAsync(Ada, "account", "acme", "member"),
        ["no longer related"] = async platform => await platform.UnrelateAsync(Ada, "account", "zeta", "member"),
        ["property of the object"] = async platform =>
            await platform.WriteObjectAsync("account", "zeta", new PropertyMap { ["plan"] = "pro" }),
        ["event of the object"] = async platform => await platform.TrackAsync(Identifier.Object("account", "zeta"), "Renewed"),
    };

    private static IEnumerable<string> ChangeNames => Changes.Keys;

    [Test]
    public async Task Change_WithoutATurn_IsDecidedForItsInstant(
        [ValueSource(nameof(ChangeNames))] string change, [Values(1, 3)] int lanes, [Values] bool cut)
    {
        await using var world = await FlowWorld.OpenAsync(lanes);
        await world.Platform.WriteObjectAsync("account", "acme", new PropertyMap { ["plan"] = "pro" });
        await world.Platform.WriteObjectAsync("account", "zeta", new PropertyMap { ["plan"] = "free" });
        await world.Platform.RelateAsync(Ada, "account", "zeta", "member");
        await world.Platform.DefineFlowAsync(Waiting(change == "no longer related" ? "none" : "any"));
        if (change == "no longer related")
        {
            // It holds for nobody who is related to an account that renewed.
            await world.Platform.TrackAsync(Identifier.Object("account", "zeta"), "Renewed");
        }

        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(7));
        await Changes[change](world.Platform);
        await world.Platform.CommitAsync();
        Assert.That(world.Offered, Is.Empty);
        if (cut)
        {
            await world.CutPowerAsync();
        }

        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Offered.Select(m => m.At), Is.EqualTo([Instant.Parse(FlowWorld.Start).Plus(TimeSpan.FromMinutes(8))]));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Change_IsSeenByASimulationToo()
    {
        await using var world = await FlowWorld.OpenAsync();
        var start = Instant.Parse(FlowWorld.Start);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.WriteObjectAsync("account", "zeta", new PropertyMap { ["plan"] = "free" });
        world.Clock.Advance(TimeSpan.FromMinutes(3));
        await world.Platform.RelateAsync(Ada, "account", "zeta", "member");
        world.Clock.Advance(TimeSpan.FromMinutes(4));
        await Changes["property of the object"](world.Platform);
        world.Clock.Advance(TimeSpan.FromDays(2));
        var rows = new List<FlowDecision>();
        await foreach (var row in world.Platform.SimulateFlowAsync(Waiting("any"), start, start.Plus(TimeSpan.FromDays(2))))
        {
            rows.Add(row);
        }

        Assert.That(rows.Select(r => (r.Step, r.At)), Is.EqualTo([("changed", start.Plus(TimeSpan.FromMinutes(7)))]));
    }
}
