using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows.Outbox;

// "retry and error policy per action": after all attempts the run goes on, ends, or is parked.
public sealed class ErrorPolicyTests
{
    private static FlowDefinition Flow(ErrorPolicy policy) => Some.Flow("f", new MetricTrigger("A"),
        Some.Email("first", "second") with { Delivery = new DeliveryPolicy { OnError = policy, Retry = new RetryPolicy { AttemptsMax = 2 } } },
        Some.Email("second"));

    private static SendInternalAlertStep Alert(string id, string next) => new()
    {
        Id = id,
        Next = next,
        Status = StepStatus.Live,
        To = ["sales@example.com"],
        SubjectLine = "Call",
        Body = "Now",
        Delivery = new DeliveryPolicy { OnError = ErrorPolicy.Park },
    };

    [TestCase(ErrorPolicy.Continue, "first,second,first", 0, 0)]
    [TestCase(ErrorPolicy.Exit, "first,first", 0, 1)]
    [TestCase(ErrorPolicy.Park, "first,first", 1, 0)]
    public async Task DeadLetter_RunGoesOnEndsOrIsParked(ErrorPolicy policy, string steps, int parked, int ended)
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = m => m.Step == "first" ? ChannelResult.Retry("busy") : ChannelResult.Delivered;
        await world.Platform.DefineFlowAsync(Flow(policy));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That(string.Join(",", world.Offered.Select(m => m.Step)), Is.EqualTo(steps));
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Parked, stats.Skips.GetValueOrDefault(SkipReason.NotDelivered), stats.DeadLetters), Is.EqualTo((parked, ended, 1)));
        Assert.That(stats.Running, Is.EqualTo(parked));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Delivered_RunGoesOnOnlyThen_AndWithdrawnIsNoError()
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = m => m.Attempt == 1 ? ChannelResult.Retry("busy") : ChannelResult.Delivered;
        await world.Platform.DefineFlowAsync(Flow(ErrorPolicy.Park));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Select(r => (r.Step, r.Status)), Is.All.EqualTo(("first", RunStatus.Sending)));
        await world.Platform.TrackAsync(Some.Ada, "B");
        await world.Platform.WriteAsync([new ConsentWrite { Profile = ["email:bob@example.com"], Channel = "email", Status = ConsentStatus.Unsubscribed }]);
        await world.AdvanceAsync(TimeSpan.FromMinutes(5));
        await world.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.That(world.Offered.Where(m => m.To == "ada@example.com").Select(m => m.Step), Is.EqualTo(["first", "first", "second", "second"]));
        Assert.That(world.Platform.FlowStats("f"), Has.Property("Running").EqualTo(0).And.Property("Parked").EqualTo(0));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [TestCase(ErrorPolicy.Continue, "first,second", 0, 0)]
    [TestCase(ErrorPolicy.Exit, "first", 0, 1)]
    [TestCase(ErrorPolicy.Park, "first", 1, 0)]
    public async Task FailedForGood_RunGoesOnEndsOrIsParked(ErrorPolicy policy, string steps, int parked, int ended)
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = m => m.Step == "first" ? ChannelResult.Failed("no") : ChannelResult.Delivered;
        await world.Platform.DefineFlowAsync(Flow(policy));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That(string.Join(",", world.Offered.Select(m => m.Step)), Is.EqualTo(steps));
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Parked, stats.Skips.GetValueOrDefault(SkipReason.NotDelivered), stats.DeadLetters), Is.EqualTo((parked, ended, 1)));
        Assert.That(stats.Running, Is.EqualTo(parked));
        var trace = (await world.Platform.TraceRunsAsync(Some.Ada)).Single();
        Assert.That(trace.Entries.Select(e => e.IsSameToday), Has.None.False);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // An alert, because a profile whose address does not exist is suppressed.
    [TestCase(false, 1)]
    [TestCase(true, 2)]
    public async Task Parked_ReleasedSendsTheSameAgain_AndAnewUnderAnotherKeyOnlyAfterABounce(bool isBounce, int keys)
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = _ => isBounce ? ChannelResult.Bounced("no") : ChannelResult.Failed("no");
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Alert("first", "second"), Some.Email("second")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.ParkedRuns("f").Single().Reason, Is.EqualTo("The message was not delivered."));
        Assert.That(world.Platform.DeadLetters("f").Count, Is.EqualTo(isBounce ? 0 : 1));
        world.Answer = _ => ChannelResult.Delivered;
        Assert.That(await world.Platform.ReleaseRunsAsync("f"), Is.EqualTo(1));
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["first", "first", "second"]));
        Assert.That(world.Offered.Take(2).Select(m => m.Key).Distinct().Count(), Is.EqualTo(keys));
        var trace = (await world.Platform.TraceRunsAsync(Some.Ada)).Single();
        Assert.That(trace.Entries.Select(e => e.IsSameToday), Has.None.False);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // A run may have left letters behind at earlier steps. They are not what it is parked for.
    [TestCase(true, false)]
    [TestCase(false, false)]
    [TestCase(true, true)]
    [TestCase(false, true)]
    public async Task Parked_ItsMessageIsGone_ReleasedSendsAnew_AndLeavesEarlierLettersAlone(bool isBounce, bool reopens)
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = m => m.Step == "second" && isBounce ? ChannelResult.Bounced("no") : ChannelResult.Failed("no");
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("first", "second"), Alert("second", "third"), Some.Email("third")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.DropDeadLettersAsync("f", "second");
        if (reopens)
        {
            await world.Platform.CheckpointAsync();
            await world.ReopenAsync();
            Assert.That(world.Platform.OpenedFromCheckpoint, Is.True);
        }

        world.Answer = _ => ChannelResult.Delivered;
        Assert.That(await world.Platform.ReleaseRunsAsync("f"), Is.EqualTo(1));
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["first", "second", "second", "third"]));
        Assert.That(world.Offered.Select(m => m.Key), Is.Unique);
        Assert.That(world.Platform.DeadLetters("f").Single().Step, Is.EqualTo("first"));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // P7: "never sent with two different keys". Whether its letter is retried or the run released, it is the same message.
    [TestCase(true, false)]
    [TestCase(false, false)]
    [TestCase(true, true)]
    [TestCase(false, true)]
    public async Task Parked_ItsMessageIsDeliveredAtLast_RunGoesOn_AndNoOtherKeyIsUsed(bool released, bool reopens)
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.Platform.DefineFlowAsync(Flow(ErrorPolicy.Park));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        for (var round = 0; round < 3; round++)
        {
            Assert.That((world.Platform.ParkedRuns("f").Count, world.Platform.DeadLetters("f").Count), Is.EqualTo((1, 1)));
            if (reopens)
            {
                await world.Platform.CheckpointAsync();
                await world.ReopenAsync();
            }

            world.Answer = _ => round == 2 ? ChannelResult.Delivered : ChannelResult.Retry("busy");
            Assert.That(await (released ? world.Platform.ReleaseRunsAsync("f") : world.Platform.RetryDeadLettersAsync("f")), Is.EqualTo(1));
            Assert.That(world.Platform.Runs("f").Single().Status, Is.EqualTo(RunStatus.Sending));
            await world.AdvanceAsync(TimeSpan.FromHours(1));
            await world.AdvanceAsync(TimeSpan.FromHours(1));
        }

        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Delivered, stats.Parked, stats.Running, stats.DeadLetters), Is.EqualTo((2, 0, 0, 0)));
        Assert.That(world.Offered.Where(m => m.Step == "first").Select(m => m.Key).Distinct().Count(), Is.EqualTo(1));
        var trace = (await world.Platform.TraceRunsAsync(Some.Ada)).Single();
        Assert.That(trace.Entries.Select(e => e.IsSameToday), Has.None.False);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Parked_PassedOver_ItsLetterTellsNobody()
    {
        await using var world = await FlowWorld.OpenAsync();
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.Platform.DefineFlowAsync(Flow(ErrorPolicy.Park) with
        {
            Steps = [.. Flow(ErrorPolicy.Park).Steps.Take(1), Some.Email("second") with { Delivery = Flow(ErrorPolicy.Park).Steps.OfType<SendStep>().First().Delivery }],
        });
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        await world.Platform.SkipParkedStepAsync("f");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Platform.ParkedRuns("f").Single().Step, Is.EqualTo("second"));
        world.Answer = _ => ChannelResult.Delivered;
        await world.Platform.RetryDeadLettersAsync("f", "first");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.ParkedRuns("f").Single().Step, Is.EqualTo("second"));
        await world.Platform.RetryDeadLettersAsync("f", "second");
        await world.Platform.RunDueAsync();
        Assert.That((world.Platform.FlowStats("f").Running, world.Platform.FlowStats("f").Delivered), Is.EqualTo((0, 2)));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public void Json_ReadsBackToTheSame()
    {
        var flow = Flow(ErrorPolicy.Exit);
        Assert.That(FlowJson.Parse(FlowJson.Write(flow), "f"), Is.EqualTo(flow));
        Assert.That(FlowJson.Write(flow), Does.Contain("\"on_error\":\"exit\""));
        Assert.That(() => FlowJson.Parse(FlowJson.Write(flow).Replace("\"exit\"", "\"cry\"", StringComparison.Ordinal), "f"),
            Throws.TypeOf<DefinitionException>().With.Message.Contains("'cry' is not what to do on an error"));
    }
}
