using Klaviyo.Channels;
using Klaviyo.Flows.Templates;
using Klaviyo.Json;
using Klaviyo.Tests.Flows;

namespace Klaviyo.Tests.House;

// Every block of docs/messages.md runs, and every tag, filter and reason stands on the page.
public sealed class MessageDocsTests
{
    private static readonly DocPage Page = new("messages.md");

    private static readonly PropertyMap Person = new()
    {
        ["first_name"] = "Ada",
        ["Favourite Colour"] = "blue",
        ["joined"] = Instant.Parse("2026-03-01T00:30:00Z"),
        ["location"] = new PropertyMap { ["timezone"] = "America/New_York" },
    };

    private static readonly PropertyMap Event = new()
    {
        ["Items"] = new PropertyValue[]
        {
            new PropertyMap { ["Name"] = "Lamp", ["Price"] = 40 }, new PropertyMap { ["Name"] = "Desk & Chair", ["Price"] = 1200 },
        },
        ["total"] = 1240,
        ["Sku"] = "lamp",
        ["Note"] = "<b>\"5\" & more</b>",
    };

    [TestCase("liquid", "None", 6)]
    [TestCase("liquid html", "Html", 2)]
    [TestCase("liquid json", "Json", 1)]
    public void EveryTemplate_MakesTheTextBehindIt(string language, string escape, int count)
    {
        var data = new TemplateData(Person, Event)
        {
            At = Instant.Parse(FlowWorld.Start),
            Zone = AccountZone.Of("America/New_York"),
            UnsubscribeUrl = "https://shop.example.com/unsubscribe?t=abc",
            Catalog = (type, id) => (type, id) == ("product", "lamp") ? new PropertyMap { ["title"] = "A fine lamp", ["price"] = 40 } : null,
        };
        var blocks = Page.Blocks().ToList();
        var templates = Enumerable.Range(0, blocks.Count).Where(i => blocks[i].Language == language).ToList();
        Assert.That(templates, Has.Count.EqualTo(count));
        foreach (var i in templates)
        {
            var template = Template.Parse(blocks[i].Text, Enum.Parse<TemplateEscape>(escape), "$");
            Assert.That(template.TryRender(data, out var text, out var error), Is.True, error);
            Assert.That((blocks[i + 1].Language, text), Is.EqualTo(("text", blocks[i + 1].Text)));
        }
    }

    [Test]
    public void EveryTagFilterAndReason_StandsOnThePage()
    {
        var words = TemplateParser.Tags
            .Concat(TemplateFilter.ByName.Keys)
            .Concat(Enum.GetValues<SkipReason>().Where(r => r != SkipReason.None).Select(SkipReasonText.Of))
            .Concat(Enum.GetNames<MessageFeedbackKind>());
        Assert.That(words.Where(w => !Page.Text.Contains($"`{w}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task TheFlow_SendsItsMail()
    {
        await using var world = await FlowWorld.OpenAsync();
        var json = Page.Blocks().Single(b => b.Language == "json").Text;
        Assert.That(FlowJson.Write(FlowJson.Parse(json)), Is.Not.Empty);
        await world.Platform.DefineFlowAsync(json);
        await world.Platform.TrackAsync(Some.Ada, "Placed Order", properties: new PropertyMap { ["OrderId"] = "7" });
        await world.Platform.RunDueAsync();
        var sent = world.Offered.Single();
        Assert.That((sent.Subject, sent.Body, sent.Transactional), Is.EqualTo(("Your order 7", "<p>Thank you, friend.</p>", true)));
    }

    [Test]
    public async Task LookingBefore_AndWhatComesBack_RunAsTheyStand()
    {
        await using var world = await FlowWorld.OpenAsync();
        var platform = world.Platform;
        var definition = Some.Flow("welcome", new MetricTrigger("A"), Some.Email("welcome", body: "{{ event.Item }} {{ person.city }}"));
        await platform.DefineFlowAsync(definition);
        await platform.TrackAsync(Some.Ada, "A");
        await platform.RunDueAsync();
        var token = world.Offered.Single().Token;

        var preview = platform.PreviewMessage(definition, "welcome", "email:ada@example.com", new PropertyMap { ["Item"] = "Lamp" });
        Console.WriteLine($"{preview!.Subject}\n{preview.Body}{preview.Error}");
        foreach (var place in preview.Empty)
        {
            Console.WriteLine($"line {place.Line}, column {place.Column}: {place.Expression} is empty");
        }

        Assert.That((preview.Body, preview.Empty.Count), Is.EqualTo(("Lamp ", 1)));

        bool known = await platform.RecordFeedbackAsync(new MessageFeedback { Message = token, Kind = MessageFeedbackKind.Clicked, Url = "https://shop.example.com/lamp" });

        Assert.That(known, Is.True);
        await platform.TrackAsync(Some.Ada, "Placed Order", 40);

        var rule = new AttributionRule { Windows = new Dictionary<string, TimeSpan> { ["Clicked Email"] = TimeSpan.FromDays(3) } };
        double? revenue = platform.FlowConversions("welcome", "Placed Order", TimeRange.All, rule).Sum(c => c.Value);
        var hers = platform.Conversions("email:ada@example.com", "Placed Order");

        Assert.That((revenue, hers.Count), Is.EqualTo((40.0, 1)));
    }

    [Test]
    public async Task ChannelsAndPolicy_AreOptions()
    {
        var (password, secret) = ("p", "some letters, and more");
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        var pem = rsa.ExportPkcs8PrivateKeyPem();
        await using var mail = new SmtpChannel(new SmtpChannelOptions
        {
            Host = "mail.example.com",
            UserName = "shop",
            Password = password,
            From = "news@example.com",
            Dkim = new DkimKey { Domain = "example.com", Selector = "2026-11", PrivateKey = pem },
        });
        using var hooks = new WebhookChannel(new WebhookOptions { Secret = secret });
        using var texts = new HttpProviderChannel(new HttpProviderOptions
        {
            Url = new Uri("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"),
            UserName = "AC1",
            Password = password,
            From = "+15550100",
            Fields = new Dictionary<string, string> { ["StatusCallback"] = "https://shop.example.com/sms/{token}" },
        });
        var channels = new Dictionary<string, IChannel> { ["email"] = mail, ["webhook"] = hooks, ["sms"] = texts };

        var sending = new SendPolicy
        {
            Caps = [new FrequencyCap("email", 3, TimeSpan.FromDays(7)), new FrequencyCap(null, 1, TimeSpan.FromHours(1), OnLimit.Postpone)],
            QuietHours = [new QuietHours("sms", new TimeOnly(20, 0), new TimeOnly(8, 0))],
            SmartSending = new Dictionary<string, TimeSpan> { ["email"] = TimeSpan.FromHours(16), ["sms"] = TimeSpan.FromHours(24) },
            Rates = new Dictionary<string, RateLimit> { ["email"] = new RateLimit(100, TimeSpan.FromMinutes(1)) },
        };

        var options = new CustomerPlatformOptions
        {
            Unsubscribe = new UnsubscribePage { Url = "https://shop.example.com/unsubscribe?t={token}", Secret = secret },
            Channels = channels,
        };

        Assert.That(() => (options with { Sending = sending }).ValidateFlows(), Throws.Nothing);
    }

    [Test]
    public async Task Unsubscribing_TakesWhatTheLinkBrought()
    {
        var page = new UnsubscribePage { Url = "https://shop.example.com/unsubscribe?t={token}", Secret = "some letters, and more" };
        await using var world = await FlowWorld.OpenAsync(unsubscribe: page);
        var platform = world.Platform;
        await platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await platform.TrackAsync(Some.Ada, "A");
        await platform.RunDueAsync();
        var signed = world.Offered.Single().UnsubscribeUrl!.Split("t=")[1];

        bool isOurs = page.IsValid(signed);
        bool isUnsubscribed = await platform.UnsubscribeAsync(signed);

        Assert.That((isOurs, isUnsubscribed), Is.EqualTo((true, true)));
    }

    [Test]
    public void EveryBlockOfCSharp_StandsInATest()
    {
        Page.AssertCSharpStandsIn(typeof(MessageDocsTests));

        Assert.That(Page.Blocks().Select(b => b.Language).Distinct(), Is.SubsetOf(["liquid", "liquid html", "liquid json", "text", "json", "csharp"]));
    }
}
