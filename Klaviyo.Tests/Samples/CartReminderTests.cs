using Klaviyo.Testing;
using Recipes;

namespace Klaviyo.Tests.Samples;

// "The seed's own example end to end, written in Klaviyo's JSON and in C#": item left in the cart for seven days, lives in New York,
// bought for more than $1000 last month -> SMS, e-mail or web hook.
public sealed class CartReminderTests
{
    [Test]
    public async Task JsonAndCSharp_DecideAlike_AndReachWhomTheyShould()
    {
        await using var json = await CartStory.PlayAsync(CartReminder.InJson());
        await using var csharp = await CartStory.PlayAsync(CartReminder.InCSharp());
        Assert.That(Rows(csharp), Is.EqualTo(Rows(json)));
        Assert.That(Sent(csharp), Is.EqualTo(Sent(json)));

        var due = Instant.Parse("2026-11-16T09:00:00Z");
        Assert.That(json.Sent.Select(m => (m.To, m.Step, m.Channel, m.At)), Is.EqualTo(new[]
        {
            ("+12125550101", "text", "sms", due),
            ("ben@example.com", "mail", "email", due),
            ("https://crm.example/calls", "call", "webhook", due),
        }));
        Assert.That(json.Sent[0].Body, Is.EqualTo("Ada, we kept your Burr Grinder for you."));
        Assert.That(CartStory.Tell(json), Has.Exactly(3).Contains(" at 2026-11-16T09:00:00"));
        Assert.That(CartStory.Tell(json).Where(l => l.Contains("nothing", StringComparison.Ordinal)), Has.Exactly(4).Items);
    }

    [TestCase("Placed Order")]
    [TestCase("Removed from Cart")]
    public async Task WhoComesBack_IsLeftAlone(string metric)
    {
        await using var test = await FlowTest.OpenAsync(CartReminder.InCSharp());
        await test.IdentifyAsync(["email:a@example.com"], new PropertyMap { ["location"] = new PropertyMap { ["city"] = "New York" } });
        await test.TrackAsync("email:a@example.com", "Placed Order", 1000.01, time: test.Now.Plus(-TimeSpan.FromDays(10)));
        await test.TrackAsync("email:a@example.com", "Added to Cart");
        await test.AdvanceAsync(TimeSpan.FromDays(6.9));
        await test.TrackAsync("email:a@example.com", metric);
        await test.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(test.Sent, Is.Empty, test.ToString());
        Assert.That(test.Skipped.Single().Reason, Is.EqualTo("filter-failed"));
    }

    private static List<string> Rows(FlowTest test) =>
        [.. test.Decisions.Select(d => $"{d.At} {Who(test, d.Profile)} {d.Step} {d.Type} {d.Decision} {d.Reason}")];

    private static List<string> Sent(FlowTest test) => [.. test.Sent.Select(m => $"{m.To} {m.Step} {m.At} {m.Subject} {m.Body}")];

    private static string Who(FlowTest test, ProfileId id) =>
        test.Platform.Profile(Identifier.Of(IdentifierKind.Id, id.ToString()))!.Identifiers[0].ToString();
}
