using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Profiles;

public sealed class PropertyPathTests
{
    private static readonly PropertyMap Properties = new()
    {
        ["x"] = 1,
        ["first name"] = "Ada",
        ["a.b"] = "dotted",
        ["a"] = new PropertyMap { ["b"] = "inside", ["c d"] = new PropertyMap { ["e"] = 5 } },
        ["items"] = new PropertyValue[] { new PropertyMap { ["sku"] = "S1" }, "plain" },
        ["location"] = new PropertyMap { ["city"] = "Paris" },
        ["weird["] = "odd",
        ["it's"] = "quoted",
        ["$source"] = "web",
    };

    [TestCase("x", "1")]
    [TestCase("properties['x']", "1")]
    [TestCase("properties[\"x\"]", "1")]
    [TestCase("properties.x", "1")]
    [TestCase("$.x", "1")]
    [TestCase("$['x']", "1")]
    [TestCase("$[\"first name\"]", "Ada")]
    [TestCase("first name", "Ada")]
    [TestCase("properties['first name']", "Ada")]
    [TestCase("a.b", "dotted")]
    [TestCase("properties['a.b']", "dotted")]
    [TestCase("properties.a.b", "dotted")]
    [TestCase("$.a['b']", "inside")]
    [TestCase("properties['a']['b']", "inside")]
    [TestCase("a.c d.e", "5")]
    [TestCase("a['c d'].e", "5")]
    [TestCase("items[0].sku", "S1")]
    [TestCase("$.items[0]['sku']", "S1")]
    [TestCase("items[1]", "plain")]
    [TestCase("items[2]", "null")]
    [TestCase("items.sku", "null")]
    [TestCase("x.y", "null")]
    [TestCase("location['city']", "Paris")]
    [TestCase("weird[", "odd")]
    [TestCase("properties['it's']", "quoted")]
    [TestCase("$source", "web")]
    [TestCase("missing", "null")]
    [TestCase("[0]", "null")]
    [TestCase("a..b", "null")]
    public void Of_EveryForm_FindsTheValue(string text, string expected)
    {
        var path = new PropertyPath(text);
        Assert.That(path.Of(Properties).ToString(), Is.EqualTo(expected));

        var history = new ListHistory().Did("m", "2026-01-01", 7, Properties);
        foreach (var (name, value) in Properties)
        {
            history.Has(name, value, "2026-01-01");
        }

        Assert.That(path.Of(history, Instant.Parse("2026-01-01")).ToString(), Is.EqualTo(expected), "on a profile");
        Assert.That(path.Of(history, history.AllEvents.First().Row).ToString(), Is.EqualTo(expected), "on an event");
        Assert.That(path.Text, Is.EqualTo(text));
    }

    [Test]
    public void Of_DollarValue_IsTheValueOfTheEvent()
    {
        var history = new ListHistory().Did("m", "2026-01-01", 7).Did("m", "2026-01-02");
        var values = history.AllEvents.Select(e => new PropertyPath("$value").Of(history, e.Row));
        Assert.That(values, Is.EqualTo(new PropertyValue[] { 7, PropertyValue.Null }));
    }

    [TestCase("x", "x")]
    [TestCase("properties['a.b']", "a.b")]
    [TestCase("a.b", "a.b, a")]
    [TestCase("properties['a']['b']", "a")]
    public void Names_AreThePropertiesThatMayBeRead(string text, string names) =>
        Assert.That(string.Join(", ", new PropertyPath(text).Names), Is.EqualTo(names));

    [Test]
    public void Create_Empty_Throws() => Assert.That(() => new PropertyPath(""), Throws.ArgumentException);
}
