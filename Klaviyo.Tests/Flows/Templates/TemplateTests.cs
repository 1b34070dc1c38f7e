using Klaviyo.Flows.Templates;

namespace Klaviyo.Tests.Flows.Templates;

public sealed class TemplateTests
{
    private static readonly PropertyMap Person = new()
    {
        ["first_name"] = "Ada",
        ["empty"] = "",
        ["Big Spender"] = true,
        ["bio"] = "<b>\"x\"</b>",
        ["points"] = 12.345,
    };

    private static readonly PropertyMap Event = new()
    {
        ["Items"] = new PropertyValue[] { new PropertyMap { ["Name"] = "Lamp" }, new PropertyMap { ["Name"] = "Desk" } },
        ["total"] = 40,
    };

    [TestCase("plain { text } }}", ExpectedResult = "plain { text } }}")]
    [TestCase("Hi {{ person.first_name }}!", ExpectedResult = "Hi Ada!")]
    [TestCase("{{person.first_name|upcase}}{{ person.first_name | downcase }}", ExpectedResult = "ADAada")]
    [TestCase("{{ person.nobody | default: 'there' }}", ExpectedResult = "there")]
    [TestCase("{{ person.empty|default:\"there\" }}", ExpectedResult = "there")]
    [TestCase("{{ person.first_name | default: 'there' }}", ExpectedResult = "Ada")]
    [TestCase("{{ event.Items[1].Name }}", ExpectedResult = "Desk")]
    [TestCase("{{ event.Items[2].Name }}|{{ event.total.deep }}", ExpectedResult = "|")]
    [TestCase("{{ person['Big Spender'] }}", ExpectedResult = "true")]
    [TestCase("{{ event.Items | size }}{{ person.first_name | size }}", ExpectedResult = "23")]
    [TestCase("{{ person.points | round }} {{ person.points | round: 1 }}", ExpectedResult = "12 12.3")]
    [TestCase("{{ person.bio }}", ExpectedResult = "&lt;b&gt;&quot;x&quot;&lt;/b&gt;")]
    [TestCase("{{ person.bio | escape }}", ExpectedResult = "&lt;b&gt;&quot;x&quot;&lt;/b&gt;")]
    public string Render_Html(string source)
    {
        var rendered = Template.Parse(source, TemplateEscape.Html, "$").TryRender(new(Person, Event), out var text, out var error);
        Assert.That(rendered, Is.True, error);
        return text!;
    }

    [TestCase(TemplateEscape.None, ExpectedResult = "<b>\"x\"</b>")]
    [TestCase(TemplateEscape.Json, ExpectedResult = "\\u003Cb\\u003E\\u0022x\\u0022\\u003C/b\\u003E")]
    public string Render_OtherPlaces_EscapesForThem(object escape)
    {
        Template.Parse("{{ person.bio }}", (TemplateEscape)escape, "$").TryRender(new(Person, Event), out var text, out _);
        return text!;
    }

    [TestCase("{% if x %}", "tags")]
    [TestCase("a\n{{ person.x | shout }}", "line 2.*'shout' is no filter.*downcase, escape, round, size, upcase")]
    [TestCase("{{ person.x | default }}", "takes 1 to 1 arguments, not 0")]
    [TestCase("{{ organization.name }}", "'organization' is unknown")]
    [TestCase("{{ person }}", "a property is expected")]
    [TestCase("{{ person.x", "'}}' is expected")]
    [TestCase("{{ person.x } }", "'}}' is expected")]
    [TestCase("{{ person['x }}", "quote")]
    [TestCase("{{ person[-1] }}", "index from 0")]
    [TestCase("{{ }}", "'person' or 'event'")]
    public void Parse_WhatCannotMeanAnything_IsRefusedByName(string source, string message)
    {
        Assert.That(
            () => Template.Parse(source, TemplateEscape.Html, "$.actions[0].data.message.body"),
            Throws.TypeOf<DefinitionException>().With.Message.Matches("(?s)" + message)
                .And.Property("Path").EqualTo("$.actions[0].data.message.body"));
    }

    [Test]
    public void Render_ValueThatDoesNotFitItsFilter_IsAnError()
    {
        var template = Template.Parse("{{ person.first_name | round }}", TemplateEscape.None, "$");
        Assert.That(template.TryRender(new(Person, Event), out _, out var error), Is.False);
        Assert.That(error, Does.Contain("'round' does not fit String 'Ada'"));
    }

    [Test]
    public void Render_TooLong_IsAnError()
    {
        var person = new PropertyMap { ["x"] = new string('x', 600_000) };
        var template = Template.Parse("{{ person.x }}{{ person.x }}", TemplateEscape.None, "$");
        Assert.That(template.TryRender(new(person, []), out _, out var error), Is.False);
        Assert.That(error, Does.Contain("longer than"));
    }
}
