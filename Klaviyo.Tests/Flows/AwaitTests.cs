namespace Klaviyo.Tests.Flows;

// A run that awaits something is asked again for the instant of the write, whenever the turn comes, and through a crash.
public sealed class AwaitTests
{
    private static readonly FlowDefinition Flow = Some.Flow(
        "f", new MetricTrigger("A"), Some.Split("s", Some.PropertyIs("p", "x"), "m", null), Some.Email("m"));

    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(true, true)]
    public async Task Write_WithoutATurn_IsDecidedForItsInstant(bool reopen, bool cut)
    {
        await using var world = await FlowWorld.OpenAsync(stepFor: AwaitingSteps.For);
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Single().Status, Is.EqualTo(RunStatus.Awaiting));
        world.Clock.Advance(TimeSpan.FromMinutes(7));
        await world.Platform.WriteAsync(new ProfileWrite { Profile = [Some.Ada], Properties = new PropertyMap { ["p"] = "x" } });
        if (cut)
        {
            await world.CutPowerAsync();
        }
        else if (reopen)
        {
            await world.ReopenAsync();
        }

        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Offered.Single().At, Is.EqualTo(Instant.Parse(FlowWorld.Start).Plus(TimeSpan.FromMinutes(7))));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // It comes onto the step, or is asked about the first write, when more is written already: nobody tells it of that.
    [TestCase(false)]
    [TestCase(true)]
    public async Task Writes_WithoutATurn_AreEachAskedAbout(bool standsThere)
    {
        await using var world = await FlowWorld.OpenAsync(stepFor: AwaitingSteps.For);
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        if (standsThere)
        {
            await world.Platform.RunDueAsync();
        }

        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.Platform.TrackAsync(Some.Ada, "B");
        world.Clock.Advance(TimeSpan.FromMinutes(7));
        await world.Platform.WriteAsync(new ProfileWrite { Profile = [Some.Ada], Properties = new PropertyMap { ["p"] = "x" } });
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Offered.Select(m => m.At), Is.EqualTo([Instant.Parse(FlowWorld.Start).Plus(TimeSpan.FromMinutes(8))]));
    }

    [Test]
    public async Task Asked_WithTheSameAnswer_LeavesNoRecord()
    {
        await using var world = await FlowWorld.OpenAsync(stepFor: AwaitingSteps.For);
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        for (var i = 0; i < 5; i++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(1));
            await world.Platform.TrackAsync(Some.Ada, "B");
            Assert.That((await world.Platform.RunDueAsync()).Transitions, Is.Zero);
        }

        Assert.That(world.Platform.Runs("f").Single().Due, Is.EqualTo(Instant.Parse(FlowWorld.Start).Plus(TimeSpan.FromMinutes(150))));
    }
}
