using Klaviyo.Channels;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Flows;

// "The fork has another store id, so … messages that its flows send have keys of their own."
public sealed class ForkedFlowTests
{
    private static readonly FlowDefinition Welcome = Some.Flow(
        "welcome",
        new MetricTrigger("Signed Up"),
        Some.Email("hello", "wait"),
        Some.Delay("wait", "again", 3),
        Some.Email("again"));

    [Test]
    public async Task Runs_GoOnInBoth_WhatWasSentIsNotSentAgain_AndNoKeyIsShared()
    {
        await using var world = await FlowWorld.OpenAsync(lanes: 2);
        await world.Platform.DefineFlowAsync(Welcome);
        await world.Platform.TrackAsync(Some.Ada, "Signed Up");
        await world.Platform.RunDueAsync();
        var due = world.Platform.Runs("welcome").Single().Due;

        var (target, offered) = (new SimulatedFiles(seed: 2), new List<FlowMessage>());
        await world.Platform.Store.ForkAsync(target, null, CancellationToken.None);
        await using var fork = await world.OpenAsync(target, message =>
        {
            offered.Add(message);
            return ChannelResult.Delivered;
        });
        Assert.That(fork.Runs("welcome").Single().Due, Is.EqualTo(due));
        await fork.RunDueAsync();
        Assert.That(offered, Is.Empty);

        await world.AdvanceToAsync(due);
        await fork.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(new[] { "hello", "again" }));
        Assert.That(offered.Select(m => m.Step), Is.EqualTo(new[] { "again" }));
        Assert.That(world.Offered.Concat(offered).Select(m => m.Key), Is.Unique);
        Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
    }
}
