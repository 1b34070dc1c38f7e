using Klaviyo.Storage.Import;

namespace Klaviyo.Tests.Storage.Import;

// "Limits: an event ≤ 1 MiB encoded, ≤ 400 properties, strings ≤ 100 KiB, nesting ≤ 32."
public sealed class EventLimitsTests
{
    [TestCase(400, true)]
    [TestCase(401, false)]
    public void Properties_AreAtMost400(int count, bool allowed)
    {
        var properties = Enumerable.Range(0, count).Select(i => $"\"p{i}\":{i}");
        Expect($"{{{string.Join(',', properties)}}}", allowed ? null : "properties");
    }

    [TestCase(102_400, true)]
    [TestCase(102_401, false)]
    public void Strings_AreAtMost100KiB(int bytes, bool allowed)
    {
        var text = new string('x', bytes);
        Expect($$$"""{"a":{"b":[1,"{{{text}}}"]}}""", allowed ? null : "properties.a.b[1]");
        Expect($$$"""{"a":{"{{{text}}}":1}}""", allowed ? null : "properties.a");
        Expect(
            $$$"""{"a":"{{{new string('é', bytes / 2)}}}{{{(bytes % 2 == 1 ? "x" : "")}}}"}""",
            allowed ? null : "properties.a");
    }

    [TestCase(10, true)]
    [TestCase(11, false)]
    public void Event_IsAtMost1MiB(int strings, bool allowed)
    {
        var text = new string('x', 100_000);
        var properties = Enumerable.Range(0, strings).Select(i => $"\"p{i}\":\"{text}\"");
        Expect($"{{{string.Join(',', properties)}}}", allowed ? null : "properties.p10");
    }

    [TestCase(31, true)]
    [TestCase(32, false)]
    [TestCase(100, false)]
    [TestCase(1000, false)]
    [TestCase(100_000, false)]
    public void Nesting_IsAtMost32_WithThePropertiesThemselves(int depth, bool allowed)
    {
        var lists = new string('[', depth) + new string(']', depth);
        var objects = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        var field = allowed ? null : "properties.p" + string.Concat(Enumerable.Repeat("[0]", 31));
        if (depth < 200)
        {
            Expect($$$"""{"p":{{{lists}}}}""", field);
            Expect($$$"""{"p":{{{objects}}}}""", field?.Replace("[0]", ".a", StringComparison.Ordinal));
        }
        else
        {
            var items = Imported.Read(
                new SegmentFormat(),
                $$$"""{"type":"track","event":"E","userId":"u","properties":{"p":{{{lists}}}}}""");
            Assert.That(items.Single().Rejection, Is.Not.Null);
        }
    }

    [TestCase(256, true)]
    [TestCase(257, false)]
    public void Metric_IsAtMost256Characters(int length, bool allowed)
    {
        var items = Imported.Read(
            new SegmentFormat(),
            $$"""{"type":"track","event":"{{new string('m', length)}}","userId":"u"}""");
        Assert.That(items.Single().Rejection?.Field, Is.EqualTo(allowed ? null : "metric"));
    }

    [Test]
    public void Context_CountsAsALevelOfTheProperties()
    {
        var lists = new string('[', 31) + new string(']', 31);
        var items = Imported.Read(
            new SegmentFormat(),
            $$$"""{"type":"track","event":"E","userId":"u","context":{"p":{{{lists}}}}}""");
        Assert.That(items.Single().Rejection?.Field, Does.StartWith("context.p[0]"));
    }

    [Test]
    public void GroupTraits_CountAsALevelOfTheProperties()
    {
        var lists = new string('[', 31) + new string(']', 31);
        var items = Imported.Read(
            new SegmentFormat(),
            $$$"""{"type":"group","groupId":"g","userId":"u","traits":{"p":{{{lists}}}}}""");
        Assert.That(items.Single().Rejection?.Field, Does.StartWith("properties.traits.p[0]"));
    }

    [Test]
    public void Profile_HasTheSameLimits()
    {
        var map = new PropertyMap();
        for (var i = 0; i <= EventLimits.PropertiesMax; i++)
        {
            map[$"p{i}"] = i;
        }

        var rejection = EventLimits.Check(new ProfileWrite { Profile = ["email:a@b.c"], Properties = map });
        Assert.That(rejection?.Field, Is.EqualTo("properties"));
    }

    [Test]
    public void Identify_HasTheSameLimits()
    {
        var traits = string.Join(',', Enumerable.Range(0, 401).Select(i => $"\"p{i}\":{i}"));
        var items = Imported.Read(
            new SegmentFormat(),
            $$$"""{"type":"identify","userId":"u","traits":{{{{traits}}}}}""");
        Assert.That(items.Single().Rejection?.Field, Is.EqualTo("properties"));
    }

    // What reading finds and what the check finds must be the same, for a write may come by either way.
    private static void Expect(string properties, string? field)
    {
        var items = Imported.Read(
            new SegmentFormat(),
            $$"""{"type":"track","event":"E","userId":"u","properties":{{properties}}}""");
        Assert.That(items.Single().Rejection?.Field, Is.EqualTo(field));

        using var document = System.Text.Json.JsonDocument.Parse(properties, new() { MaxDepth = 1000 });
        var check = EventLimits.Check(new CustomerEvent { Metric = "E", Profile = ["email:a@b.c"], Properties = Map(document.RootElement) });
        Assert.That(check?.Field, Is.EqualTo(field));
    }

    private static PropertyMap Map(System.Text.Json.JsonElement element)
    {
        var map = new PropertyMap();
        foreach (var property in element.EnumerateObject())
        {
            map[property.Name] = Value(property.Value);
        }

        return map;
    }

    private static PropertyValue Value(System.Text.Json.JsonElement element)
    {
        return element.ValueKind switch
        {
            System.Text.Json.JsonValueKind.Object => Map(element),
            System.Text.Json.JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
            System.Text.Json.JsonValueKind.String => element.GetString(),
            _ => 1,
        };
    }
}
