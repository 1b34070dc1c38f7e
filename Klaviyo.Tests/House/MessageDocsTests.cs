using Klaviyo.Flows.Templates;
using Klaviyo.Json;
using Klaviyo.Tests.Flows;

namespace Klaviyo.Tests.House;

// Every block of docs/messages.md runs, those of C# in DocProgramTests, and every tag, filter and reason stands on the page.
public sealed class MessageDocsTests
{
    private static readonly DocPage Page = new("docs/messages.md");

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

    [TestCase("liquid", "None", 7)]
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
    public void EveryBlock_IsOfAKindThatIsRun() =>
        Assert.That(Page.Blocks().Select(b => b.Language).Distinct(), Is.SubsetOf(["liquid", "liquid html", "liquid json", "text", "json", "csharp"]));
}
