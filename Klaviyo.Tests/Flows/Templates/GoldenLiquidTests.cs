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

    private static string? Failure(JsonElement test)
    {
        var isInvalid = test.TryGetProperty("invalid", out var invalid) && invalid.GetBoolean();
        var rendered = TryRender(test, out var text, out var error);
        if (isInvalid)
        {
            return rendered ? $"is not refused: '{text}'" : null;
        }

        var expected = test.TryGetProperty("results", out var results)
            ? results.EnumerateArray().Select(r => r.GetString()!).ToList()
            : [test.GetProperty("result").GetString()!];
        return rendered && expected.Contains(text!) ? null : $"'{expected[0]}' expected, got '{text}' {error}";
    }

    private static bool TryRender(JsonElement test, out string? text, out string? error)
    {
        var templates = test.TryGetProperty("templates", out var given)
            ? given.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!)
            : [];
        var data = test.TryGetProperty("data", out var values) ? PropertyJson.ToValue(values).AsObject() : [];
        try
        {
            var definition = new TemplateDefinition("$", null, templates);
            var template = Template.Parse(test.GetProperty("template").GetString()!, TemplateEscape.None, definition);
            TemplateValue? Global(string name) => data.TryGetValue(name, out var value) ? TemplateValue.Of(value) : null;
            return template.TryRun(new TemplateRun(new TemplateData([], []), TemplateEscape.None, Global), out text, out error);
        }
        catch (DefinitionException refused)
        {
            (text, error) = (null, refused.Message);
            return false;
        }
    }
}
