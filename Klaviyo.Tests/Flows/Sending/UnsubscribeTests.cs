using Klaviyo.Channels;
using Klaviyo.Tests.Support;
using MimeKit;

namespace Klaviyo.Tests.Flows.Sending;

// One link in the mail and in its headers, with a token that only the host can make.
public sealed class UnsubscribeTests
{
    private static readonly UnsubscribePage Page = new() { Url = "https://shop.example.com/u?a=1&t={token}", Secret = "sixteen letters!" };

    [Test]
    public async Task Link_InBodyAndHeaders_IsTheSame_AndUnsubscribesOnce()
    {
        await using var world = await SentAsync("<p>{% unsubscribe %} {% unsubscribe 'no & more' %} <a href=\"{% unsubscribe_link %}\">x</a></p>");
        var message = world.Offered.Single();
        var url = message.UnsubscribeUrl!;
        var html = url.Replace("&", "&amp;", StringComparison.Ordinal);
        Assert.That(message.Body, Is.EqualTo($"<p><a href=\"{html}\">Unsubscribe</a> <a href=\"{html}\">no &amp; more</a> <a href=\"{html}\">x</a></p>"));

        await using var sink = new SmtpSink();
        await using var channel = new SmtpChannel(new SmtpChannelOptions
        {
            Host = "127.0.0.1",
            Port = sink.Port,
            Security = SmtpSecurity.None,
            From = "news@example.com",
            UnsubscribeAddress = "u+{token}@example.com",
        });
        await channel.SendAsync(message, default);
        var mail = sink.Mails.Single().Parse();
        var token = url[(url.IndexOf("t=", StringComparison.Ordinal) + 2)..];
        Assert.That(mail.Headers[HeaderId.ListUnsubscribe], Is.EqualTo($"<{url}>, <mailto:u+{token}@example.com>"));
        Assert.That(mail.Headers[HeaderId.ListUnsubscribePost], Is.EqualTo("List-Unsubscribe=One-Click"));
        Assert.That($"u+{token}", Has.Length.LessThanOrEqualTo(64), "the longest name of a mailbox");

        Assert.That(Page.IsValid(token), Is.True);
        Assert.That(await world.Platform.UnsubscribeAsync(token.ToUpperInvariant()), Is.True);
        Assert.That(await world.Platform.UnsubscribeAsync(token), Is.True);
        var events = Events(world, "Unsubscribed from Email Marketing");
        Assert.That(events.Single().Properties, Is.EqualTo(new PropertyMap { ["$flow"] = "f", ["$step"] = "m", ["$message"] = message.Key }));
        Assert.That(world.Platform.Profile(Some.Ada)!.Consents[0].Status, Is.EqualTo(ConsentStatus.Unsubscribed));
    }

    [Test]
    public async Task Token_ThatIsNotOurs_ChangesNothing()
    {
        await using var world = await SentAsync("x");
        var message = world.Offered.Single();
        var token = TokenOf(message);
        await world.Platform.TrackAsync("email:eve@example.com", "B");
        var eve = world.Platform.Profile("email:eve@example.com")!.Id;
        var position = world.Platform.Position;
        var wrong = new List<string> { "", "x", message.Token, message.Key, token + "0", token[..^1], message.Key + eve + token[42..] };
        wrong.AddRange(Enumerable.Range(0, token.Length).Select(i => token[..i] + (token[i] == '0' ? '1' : '0') + token[(i + 1)..]));
        foreach (var other in wrong)
        {
            Assert.That(Page.IsValid(other), Is.False, other);
            Assert.That(await world.Platform.UnsubscribeAsync(other), Is.False, other);
        }

        Assert.That(Page.IsValid(null), Is.False);
        Assert.That(Page.ToString(), Does.Not.Contain(Page.Secret));
        Assert.That((Page with { Secret = "another secret!!" }).IsValid(token), Is.False);
        Assert.That((Page with { Secret = "another secret!!", FormerSecrets = ["and one more....", Page.Secret] }).IsValid(token), Is.True);
        Assert.That(world.Platform.Position, Is.EqualTo(position));
    }

    // The mail is out, and the process ends before the result is recorded: whoever clicks then must be let go.
    [Test]
    public async Task Token_CountsBeforeTheDeliveryIsRecorded()
    {
        await using var world = await SentAsync("x", _ => ChannelResult.Retry("no answer"));
        var token = TokenOf(world.Offered.Single());
        Assert.That(await world.Platform.UnsubscribeAsync(token), Is.True);
        world.Answer = _ => ChannelResult.Delivered;
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1), "what was still to be sent is withdrawn");
        Assert.That(Events(world, "Unsubscribed from Email Marketing").Count, Is.EqualTo(1));

        await world.Platform.EraseAsync(Some.Ada);
        Assert.That(await world.Platform.UnsubscribeAsync(token), Is.False);
    }

    [TestCase("sms", "Stop: {% unsubscribe_link %}", null)]
    [TestCase("sms", "Stop: {% unsubscribe %}", "'unsubscribe' makes a link in HTML")]
    [TestCase("webhook", "{% unsubscribe_link %}", "only who gets a message himself")]
    [TestCase("email", "{% unsubscribe_link 'x' %}", "not expected here")]
    [TestCase("email", "{% unsubscribe 'x' 'y' %}", "not expected here")]
    public async Task Tag_WhereItMeansNothing_IsRefused(string channel, string body, string? refusal)
    {
        await using var world = await FlowWorld.OpenAsync(unsubscribe: Page);
        Step step = channel switch
        {
            "sms" => new SendSmsStep { Id = "m", Status = StepStatus.Live, Body = body },
            "webhook" => Some.Webhook("m") with { Body = body },
            _ => Some.Email("m", body: body),
        };
        var define = async () => await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), step));
        if (refusal is null)
        {
            Assert.That(define, Throws.Nothing);
            return;
        }

        Assert.That(define, Throws.TypeOf<DefinitionException>().With.Message.Contains(refusal));
    }

    [Test]
    public async Task Tag_WithoutAPage_IsRefused_AndSkippedWhenItGoesMissingLater()
    {
        await using var bare = await FlowWorld.OpenAsync();
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m", body: "{% unsubscribe %}"));
        Assert.That(async () => await bare.Platform.DefineFlowAsync(flow), Throws.TypeOf<DefinitionException>().With.Message.Contains("no page"));

        await using var world = await FlowWorld.OpenAsync(unsubscribe: Page);
        await world.Platform.DefineFlowAsync(flow);
        Assert.That(world.Platform.PreviewMessage(flow, "m", Some.Ada), Is.Null);
        await world.Platform.TrackAsync(Some.Ada, "A");
        Assert.That(world.Platform.PreviewMessage(flow, "m", Some.Ada)!.Body, Does.Contain("t=preview"));
        world.Unsubscribe = null;
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.FlowStats("f").Skips, Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.TemplateError] = 1 }));
    }

    [TestCase("http://x/{token}", "sixteen letters!", "Url")]
    [TestCase("https://x/", "sixteen letters!", "Url")]
    [TestCase("x{token}", "sixteen letters!", "Url")]
    [TestCase("https://x/{token}", "short", "Secret")]
    public void Page_OutOfRange_IsRefusedByName(string url, string secret, string name)
    {
        var page = new UnsubscribePage { Url = url, Secret = secret };
        Assert.That(() => FlowWorld.OpenAsync(unsubscribe: page), Throws.ArgumentException.With.Message.Contains(name));
    }

    // The mail server says that there is no such mailbox: an event, and nobody writes there again.
    [Test]
    public async Task Bounce_IsAnEventAndASuppression_OnceWhateverCrashes()
    {
        await using var sink = new SmtpSink { Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 no such user" : null };
        await using var channel = new SmtpChannel(new SmtpChannelOptions { Host = "127.0.0.1", Port = sink.Port, Security = SmtpSecurity.None, From = "news@example.com" });
        await using var world = await SentAsync("x", message => channel.SendAsync(message, default).AsTask().GetAwaiter().GetResult());
        var key = world.Offered.Single().Key;
        await world.CutPowerAsync();
        await world.Platform.RecordFeedbackAsync(new MessageFeedback { Message = key, Profile = Some.Ada, Kind = MessageFeedbackKind.Bounced });
        var happened = Events(world, "Bounced Email").Single();
        Assert.That((happened.Properties["$message"], happened.Properties["$flow"], happened.Properties["$step"]), Is.EqualTo(((PropertyValue)key, (PropertyValue)"f", (PropertyValue)"m")));
        Assert.That(happened.Properties["Reason"].AsString(), Does.Contain("550"));
        var consent = world.Platform.Profile(Some.Ada)!.Consents.Single();
        Assert.That((consent.Status, consent.Method), Is.EqualTo((ConsentStatus.Suppressed, "bounce")));
        Assert.That(world.Platform.Profile(Some.Ada)!.Metrics.Keys, Has.None.EqualTo("Received Email"));

        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        Assert.That(world.Platform.FlowStats("f").Skips, Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.Suppressed] = 1 }));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task<FlowWorld> SentAsync(string body, Func<FlowMessage, ChannelResult>? answer = null)
    {
        var world = await FlowWorld.OpenAsync(unsubscribe: Page);
        world.Answer = answer ?? world.Answer;
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m", body: body)));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        return world;
    }

    private static List<StoredEvent> Events(FlowWorld world, string metric) =>
        [.. world.Platform.Events(Some.Ada, new EventQuery { Metric = metric }).Events];

    private static string TokenOf(FlowMessage message)
    {
        var url = message.UnsubscribeUrl!;
        return url[(url.IndexOf("t=", StringComparison.Ordinal) + 2)..];
    }
}
