namespace Klaviyo.Tests.Flows.Cases;

// C22, DBOS debouncer: bursts and caps while the power goes at each step of the disk, one life for each. Nobody gets one too many,
// and nobody gets one too few.
public sealed class FrequencyCrashTests
{
    private static readonly Instant Start = Instant.Parse(FlowWorld.Start);

    [Test]
    public async Task C22_Debounce_PowerCutAnywhere_OneMessageForABurst()
    {
        // Of several carts within half an hour only the last goes on to the mail.
        var flow = FlowBuilder.Named("f").OnEvent("A").Reenter(ReentryCriteria.Always)
            .WaitFor("A2", TimeSpan.FromMinutes(30), again => again.End())
            .As("mail").Email("m", "x").Build();
        var cuts = await ForEveryCutAsync(new SendPolicy(), flow, async (world, number) =>
        {
            // A burst: each event ends the wait that the one before began, a millisecond before it begins its own.
            await world.Platform.WriteAsync([Event("A2", number, before: 1), Event("A", number)]);
            await world.Platform.RunDueAsync();
        });
        Assert.That(cuts, Is.GreaterThan(10));
    }

    [Test]
    public async Task C22_Cap_PowerCutAnywhere_NeitherMoreNorLess()
    {
        var policy = new SendPolicy { Caps = [new FrequencyCap("email", 1, TimeSpan.FromDays(1))] };
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("mail"));
        var cuts = await ForEveryCutAsync(policy, flow, async (world, number) =>
        {
            await world.Platform.WriteAsync([Event("A", number)]);
            await world.Platform.RunDueAsync();
        });
        Assert.That(cuts, Is.GreaterThan(10));
    }

    private static async Task<int> ForEveryCutAsync(SendPolicy policy, FlowDefinition flow, Func<FlowWorld, int, Task> burst)
    {
        var cuts = 0;
        for (var wasCut = true; wasCut; cuts++)
        {
            await using var world = await FlowWorld.OpenAsync(sending: policy);
            await world.Platform.DefineFlowAsync(flow);
            world.Files.CutAtStep = world.Files.Steps + cuts + 1;
            for (var number = 0; number < 4; number++)
            {
                world.Clock.SetUtcNow(Start.PlusMs(number * 60_000L).ToDateTimeOffset());
                await SurviveAsync(world, () => burst(world, number));
            }

            world.Clock.SetUtcNow(Start.PlusMs(7_200_000).ToDateTimeOffset());
            await SurviveAsync(world, async () => await world.Platform.RunDueAsync());
            wasCut = world.Files.CutAtStep == long.MaxValue;
            world.Files.CutAtStep = long.MaxValue;
            await world.AdvanceAsync(TimeSpan.FromDays(2));
            Assert.That(world.Offered.Select(m => m.Key).Distinct().Count(), Is.EqualTo(1), $"cut at step {cuts + 1}");
            Assert.That(world.Platform.Profile(Some.Ada)!.Metrics["Received Email"].Count, Is.EqualTo(1), $"cut at step {cuts + 1}");
        }

        return cuts;
    }

    // Who is not sure does it again.
    private static async Task SurviveAsync(FlowWorld world, Func<Task> deed)
    {
        try
        {
            await deed();
        }
        catch (Exception) when (world.Files.IsCut)
        {
            await world.CutPowerAsync();
            await deed();
        }
    }

    private static CustomerEvent Event(string metric, int number, int before = 0) =>
        new() { Profile = [Some.Ada], Metric = metric, Time = Start.PlusMs((number * 60_000L) - before), UniqueId = $"{metric}{number}" };
}
