using Klaviyo.Channels;
using Klaviyo.Testing;

namespace Klaviyo.Tests.House;

// Every C# block of docs/flow-tests.md stands here, and runs.
public sealed class FlowTestDocsTests
{
    [Test]
    public async Task EveryExample_IsTrue()
    {
        var cart = FlowBuilder.Named("cart")
            .OnEvent("Added to Cart")
            .Only(When.DidNot("Placed Order").SinceFlowStart())
            .Wait(7, DelayUnit.Days)
            .As("reminder").Email("Your cart", "<p>{{ event.Name }} waits for you.</p>")
            .Build();

        await using var test = await FlowTest.OpenAsync(cart);
        await test.TrackAsync("email:ada@example.com", "Added to Cart", properties: new() { ["Name"] = "The grinder" });
        await test.AdvanceAsync(TimeSpan.FromDays(7));
        Assert.That(test.Sent.Single().Step, Is.EqualTo("reminder")); // xUnit: Assert.Equal("reminder", test.Sent.Single().Step);

        var message = test.Sent.Single();
        Assert.That(message.To, Is.EqualTo("ada@example.com"));
        Assert.That(message.At, Is.EqualTo(test.Now));
        Assert.That(message.Body, Is.EqualTo("<p>The grinder waits for you.</p>"));

        await test.TrackAsync("email:ben@example.com", "Added to Cart");
        await test.AdvanceAsync(TimeSpan.FromDays(3));
        await test.TrackAsync("email:ben@example.com", "Placed Order", value: 129);
        await test.AdvanceAsync(TimeSpan.FromDays(4));
        Assert.That(test.Skipped.Single().Skip, Is.EqualTo(SkipReason.FilterFailed));
        Assert.That(
            test.DecisionsOf("email:ben@example.com").Select(d => d.Decision), Is.EqualTo(["trigger", "enter", "wait", "resume", "skip"]));

        await test.IdentifyAsync(["phone_number:+12125550123"], new() { ["first_name"] = "Cleo" }, "sms");
        await test.Platform.WriteAsync(new ListWrite { Profile = ["phone_number:+12125550123"], List = "newsletter" });
        await test.AdvanceAsync(TimeSpan.Zero);

        var failures = 1;
        var options = new FlowTestOptions
        {
            Start = Instant.Parse("2026-03-01T08:00:00Z"),
            Answer = _ => failures-- > 0 ? ChannelResult.Retry("busy") : ChannelResult.Delivered,
            Platform = new CustomerPlatformOptions { TimeZone = "Europe/Zurich" },
        };
        await using var shop = await FlowTest.OpenAsync(options, cart);
        await shop.TrackAsync("email:ada@example.com", "Added to Cart");
        await shop.RestartAsync();
        await shop.AdvanceAsync(TimeSpan.FromDays(8));
        Assert.That((shop.Sent.Count, shop.Attempts.Count), Is.EqualTo((1, 2)));

        Assert.That(shop.Platform.FlowStats("cart").Delivered, Is.EqualTo(1));
    }

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

    [Test]
    public void EveryBlockOfCSharp_StandsInThisTest()
    {
        var page = new DocPage("flow-tests.md");
        Assert.That(page.Blocks("csharp").Count(), Is.AtLeast(6));
        page.AssertCSharpStandsIn(typeof(FlowTestDocsTests));
    }
}
