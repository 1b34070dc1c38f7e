namespace Klaviyo.Tests.Flows;

// "preview render"; "catalogue lookups"; "dates in the profile's zone".
public sealed class PreviewTests
{
    private static FlowDefinition Flow(string body) => Some.Flow("f", new MetricTrigger("A"), Some.Email("m", body: body));

    [Test]
    public async Task Preview_ShowsTextsAndTheEmptyPlaces_AndChangesNothing()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["first_name"] = "Ada" });
        var definition = Flow("Hi {{ person.first_name }}\n  {{ person.city | upcase }}{{ event.Item }}");
        var before = world.Platform.Position;

        var preview = world.Platform.PreviewMessage(definition, "m", Some.Ada, new PropertyMap { ["Item"] = "Lamp" })!;

        Assert.That((preview.Subject, preview.Body, preview.To), Is.EqualTo(("Subject", "Hi Ada\n  Lamp", "ada@example.com")));
        Assert.That(preview.Empty, Is.EqualTo([new TemplateEmptyPlace("", 2, 3, "person.city | upcase")]));
        Assert.That(world.Platform.Position, Is.EqualTo(before));
        Assert.That(world.Platform.PreviewMessage(definition, "m", "email:nobody@example.com"), Is.Null);
        Assert.That(() => world.Platform.PreviewMessage(definition, "x", Some.Ada), Throws.ArgumentException);
    }

    [Test]
    public async Task Preview_WhatCannotBeRendered_SaysWhere()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.IdentifyAsync([Some.Ada], []);
        var preview = world.Platform.PreviewMessage(Flow("{{ 1 | divided_by: person.zero }}"), "m", Some.Ada)!;
        Assert.That(preview.Error, Is.EqualTo("template, line 1, column 8: a number is divided by zero"));
    }

    [Test]
    public async Task Dates_AreShownInTheProfilesZone_AsOfT()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap
        {
            ["location"] = new PropertyMap { ["timezone"] = "America/New_York" },
            ["due"] = Instant.Parse("2026-07-01T02:30:00Z"),
        });
        var definition = Flow("{{ person.due | date: '%Y-%m-%d %H:%M %z' }}|{{ 'now' | date: '%H:%M' }}|{{ '2026-07-01' | date: '%d' }}");
        var preview = world.Platform.PreviewMessage(definition, "m", Some.Ada)!;
        Assert.That(preview.Body, Is.EqualTo("2026-06-30 22:30 -0400|04:00|01"));
    }

    [TestCase(1)]
    [TestCase(3)]
    public async Task Catalog_ShowsTheObjectAsOfT_LiveAsInAPreview(int lanes)
    {
        await using var world = await FlowWorld.OpenAsync(lanes);
        var definition = Flow(
            "{% catalog event.Sku %}{{ catalog_item.title }} {{ catalog_item.price }}{% else %}gone{% endcatalog %}"
            + "{% catalog 'x', 'shop' %}{{ catalog_item.name }}{% endcatalog %}");
        for (var i = 0; i < 5; i++)
        {
            await world.Platform.WriteObjectAsync("product", $"{i}", new PropertyMap { ["title"] = $"<Lamp {i}>", ["price"] = 40 });
        }

        await world.Platform.WriteObjectAsync("shop", "x", new PropertyMap { ["name"] = "!" });
        await world.Platform.DefineFlowAsync(definition);
        await world.ReopenAsync();
        for (var i = 0; i < 6; i++)
        {
            await world.Platform.TrackAsync($"email:a{i}@example.com", "A", properties: new PropertyMap { ["Sku"] = $"{i}" });
        }

        await world.Platform.RunDueAsync();
        var expected = Enumerable.Range(0, 6).Select(i => i < 5 ? $"&lt;Lamp {i}&gt; 40!" : "gone!");
        Assert.That(world.Offered.Select(m => m.Body), Is.EquivalentTo(expected));
        Assert.That(
            world.Platform.PreviewMessage(definition, "m", "email:a1@example.com", new PropertyMap { ["Sku"] = 1 })!.Body,
            Is.EqualTo("&lt;Lamp 1&gt; 40!"));
    }
}
