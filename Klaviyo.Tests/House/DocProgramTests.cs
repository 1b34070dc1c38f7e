using System.Text.RegularExpressions;
using Klaviyo.Json;

namespace Klaviyo.Tests.House;

// The C# of each page of documentation is a program that compiles, runs and does what stands beside it.
[NonParallelizable] // The console and the current directory belong to the process.
public sealed class DocProgramTests
{
    [Test]
    public async Task Readme_PrintsWhatStandsBehindIt()
    {
        var page = new DocPage("README.md");
        var code = page.Blocks("csharp").Single();
        var printed = page.Blocks().SkipWhile(b => b.Language != "csharp").Skip(1).First().Text;
        Assert.That(Untimed((await DocProgram.RunAsync([code])).Trim()), Is.EqualTo(Untimed(printed)));

        // The tour of samples/QuickStart begins with it; there the store lies elsewhere.
        var tour = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "QuickStart", "TenLines.cs"));
        var own = code.Split('\n').Where(line => !line.Contains("OpenAsync(\"shop\"", StringComparison.Ordinal));
        Assert.That(own.Where(line => !tour.Contains(line.Trim(), StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Segments_KeepsAdaCurrent_AndTellsWhatIsMisspelled()
    {
        var printed = await new DocPage("docs/segments.md").RunCSharpAsync("""
            NUnit.Framework.Assert.That((isVip, count, page.Count, perDay[^1].Members, both), NUnit.Framework.Is.EqualTo((true, 1, 1, 1, 1)));
            """);
        Assert.That(printed, Does.Contain(" entered at "));
        Assert.That(printed, Does.Contain("unknown metric \"Placd Order\"; did you mean \"Placed Order\"?"));
    }

    [Test]
    public async Task Flows_DecideTraceCompareAndMove()
    {
        var page = new DocPage("docs/flows.md");
        var printed = await page.RunCSharpAsync("""
            NUnit.Framework.Assert.That(picture, NUnit.Framework.Does.Contain("no: 1"));
            NUnit.Framework.Assert.That((summary.ChangedProfiles, summary.Profiles), NUnit.Framework.Is.EqualTo((1, 1)));
            NUnit.Framework.Assert.That(report.Landings.Single().Outcome, NUnit.Framework.Is.EqualTo(LandingOutcome.Moves));
            NUnit.Framework.Assert.That(platform.Runs("abandoned cart").Select(r => r.Step), NUnit.Framework.Is.EqualTo(["three days"]));
            NUnit.Framework.Assert.That(Klaviyo.Json.FlowJson.Parse(Klaviyo.Json.FlowJson.Write(steered), "steered"), NUnit.Framework.Is.EqualTo(steered));
            Console.WriteLine("The cart: " + Klaviyo.Json.FlowJson.Write(cart));
            """);
        Assert.That(printed, Does.Contain(": on to send-email-").And.Contain("1 of 1 would get something else"));

        var cart = FlowJson.Parse(printed[(printed.IndexOf("The cart: ", StringComparison.Ordinal) + 10)..], "abandoned cart");
        var read = FlowJson.Parse(page.Blocks("json").First(), "abandoned cart");
        Assert.That(cart.Triggers, Is.EqualTo(read.Triggers));
        Assert.That(cart.Reentry, Is.EqualTo(read.Reentry));
        Assert.That(cart.Steps.Select(s => s.Type), Is.EqualTo(read.Steps.Select(s => s.Type)));
        Assert.That(((ConditionalSplitStep)cart.Steps[1]).Filter, Is.EqualTo(((ConditionalSplitStep)read.Steps[1]).Filter));
    }

    [Test]
    public async Task Messages_ArePreviewedSentUnsubscribedAndCounted()
    {
        var printed = await new DocPage("docs/messages.md").RunCSharpAsync("""
            NUnit.Framework.Assert.That((preview.Body, preview.Empty.Count), NUnit.Framework.Is.EqualTo(("<p>Lamp for </p>", 1)));
            NUnit.Framework.Assert.That((isOurs, isUnsubscribed, known), NUnit.Framework.Is.EqualTo((true, true, true)));
            NUnit.Framework.Assert.That((revenue, hers.Count), NUnit.Framework.Is.EqualTo((40.0, 1)));
            await using var strict = await FlowTest.OpenAsync(new FlowTestOptions { Platform = options with { Sending = sending } });
            """);
        Assert.That(printed, Does.Contain("person.city is empty"));
    }

    [Test]
    public Task FlowTests_AreTrue() => new DocPage("docs/flow-tests.md").RunCSharpAsync("""
        Assert.That(shop.Platform.FlowStats("cart").Delivered, Is.EqualTo(1));
        """);

    private static string Untimed(string printed) => Regex.Replace(printed, @"^\S+Z email", "email", RegexOptions.Multiline);
}
