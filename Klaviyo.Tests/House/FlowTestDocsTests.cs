using Klaviyo.Channels;
using Klaviyo.Testing;

namespace Klaviyo.Tests.House;

// What docs/flow-tests.md says beside its examples, which DocProgramTests runs.
public sealed class FlowTestDocsTests
{
    [Test]
    public async Task Sent_IsWhatWasDelivered()
    {
        var flow = FlowBuilder.Named("f").OnEvent("A").As("one").Email("one", "b").As("two").Email("two", "b").As("three").Email("three", "b").Build();
        var answers = new Dictionary<string, ChannelResult>
        {
            ["one"] = ChannelResult.Failed("no"),
            ["two"] = ChannelResult.Delivered,
            ["three"] = ChannelResult.Retry("busy"),
        };
        await using var test = await FlowTest.OpenAsync(new FlowTestOptions { Answer = m => answers[m.Step] }, flow);
        await test.TrackAsync("email:ada@example.com", "A");
        Assert.That(test.Sent.Select(m => m.Step), Is.EqualTo(["two"]));
        Assert.That(test.Failed.Select(m => m.Step), Is.EqualTo(["one"]));
        answers["three"] = ChannelResult.Delivered;
        await test.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That(test.Sent.Select(m => (m.Step, m.Attempt)), Is.EqualTo([("two", 1), ("three", 2)]));
        Assert.That(test.Attempts, Has.Count.EqualTo(4));
    }
}
