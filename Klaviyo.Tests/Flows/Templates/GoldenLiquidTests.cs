using System.Text.Json;
using Klaviyo.Flows.Templates;
using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Templates;

// Other people's cases of Liquid (MIT), as they are. Those that we answer otherwise are listed, each with its reason.
public sealed class GoldenLiquidTests
{
    private static readonly Dictionary<string, string> Otherwise = new(StringComparer.Ordinal)
    {
        ["tags, case, unexpected when token"] = "A token that means nothing is refused when the template is defined, not passed over.",
        ["tags, include, name from identifier"] = "A template is named in quotes, so that all that a message needs is checked when it is defined.",
    };

    [Test]
    public void EveryCase_IsAnsweredAlike_OrListed()
    {
        var failures = new List<string>();
        var unneeded = new List<string>();
        var cases = 0;
        foreach (var test in SharedCases.Json("cases", "golden_liquid.json").GetProperty("tests").EnumerateArray())
        {
            var name = test.GetProperty("name").GetString()!;
            var failure = Failure(test);
            cases++;
            if (failure is not null && !Otherwise.ContainsKey(name))
            {
                failures.Add($"{name}: {test.GetProperty("template")}\n    {failure}");
            }
            else if (failure is null && Otherwise.ContainsKey(name))
            {
                unneeded.Add(name);
            }
        }

        Assert.That(cases, Is.GreaterThan(600));
        Assert.That(unneeded, Is.Empty, "are answered alike, and listed");
        Assert.That(failures, Is.Empty, $"{failures.Count} of {cases}:\n{string.Join('\n', failures)}");
    }

    // What a real template does is far below what any may.
    [Test]
    public void EveryCase_DoesALittleOfWhatItMay()
    {
        var works = SharedCases.Json("cases", "golden_liquid.json").GetProperty("tests").EnumerateArray()
            .Select(test => (Work: WorkOf(test), Name: test.GetProperty("name").GetString())).OrderByDescending(t => t.Work).ToList();
        TestContext.Out.WriteLine($"{works[0].Name}: {works[0].Work} steps");
        Assert.That(works[0].Work, Is.GreaterThan(0).And.LessThan(TemplateRun.WorkMax / 100), works[0].Name);
    }

    // A long newsletter: 100 KiB of text, and 200 products in it with ten places each.
    [Test]
    public void ALongNewsletter_StaysBelowTheBound()
    {
        var source = new string('x', 100 << 10) + "{% for p in person.products %}<tr>" + string.Concat(Enumerable.Repeat("<td>{{ p.name | upcase | truncate: 40 }}</td>", 10)) + "</tr>{% endfor %}";
        var products = Enumerable.Range(0, 200).Select(i => new PropertyMap { ["name"] = $"A product with a name of some length, number {i}" });
        var person = new PropertyMap { ["products"] = PropertyValue.FromList([.. products.Select(p => (PropertyValue)p)]) };
        TemplateValue? Global(string name) => name == "person" ? TemplateValue.Of(person) : null;
        var run = new TemplateRun(new TemplateData(person, []), TemplateEscape.Html, Global);
        Assert.That(Template.Parse(source, TemplateEscape.Html, "$").TryRun(run, out var text, out var error), Is.True, error);
        TestContext.Out.WriteLine($"{text!.Length} characters: {run.Work} steps");
        Assert.That(run.Work, Is.LessThan(TemplateRun.WorkMax / 2));
    }

    private static long WorkOf(JsonElement test)
    {
        _ = TryRender(test, out _, out _, out var work);
        return work;
    }

    private static string? Failure(JsonElement test)
    {
        var isInvalid = test.TryGetProperty("invalid", out var invalid) && invalid.GetBoolean();
        var rendered = TryRender(test, out var text, out var error, out _);
        if (isInvalid)
        {
            return rendered ? $"is not refused: '{text}'" : null;
        }

        var expected = test.TryGetProperty("results", out var results)
            ? results.EnumerateArray().Select(r => r.GetString()!).ToList()
            : [test.GetProperty("result").GetString()!];
        return rendered && expected.Contains(text!) ? null : $"'{expected[0]}' expected, got '{text}' {error}";
    }

    private static bool TryRender(JsonElement test, out string? text, out string? error, out long work)
    {
        work = 0;
        var templates = test.TryGetProperty("templates", out var given)
            ? given.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!)
            : [];
        var data = test.TryGetProperty("data", out var values) ? PropertyJson.ToValue(values).AsObject() : [];
        try
        {
            var definition = new TemplateDefinition("$", null, templates);
            var template = Template.Parse(test.GetProperty("template").GetString()!, TemplateEscape.None, definition);
            TemplateValue? Global(string name) => data.TryGetValue(name, out var value) ? TemplateValue.Of(value) : null;
            var run = new TemplateRun(new TemplateData([], []), TemplateEscape.None, Global);
            var rendered = template.TryRun(run, out text, out error);
            work = run.Work;
            return rendered;
        }
        catch (DefinitionException refused)
        {
            (text, error) = (null, refused.Message);
            return false;
        }
    }
}
