using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.House;

// Every example of docs/segments.md is a definition, and every type of condition has an example.
public sealed class SegmentDocsTests
{
    private static readonly DocPage Page = new("docs/segments.md");

    [Test]
    public void EveryDefinition_IsReadWrittenAndEvaluated()
    {
        var blocks = Page.Blocks("json").ToList();
        Assert.That(blocks, Has.Count.GreaterThan(20));
        foreach (var block in blocks)
        {
            var segment = SegmentJson.Parse(block);
            Assert.That(SegmentJson.Parse(SegmentJson.Write(segment.Root)), Is.EqualTo(segment), block);
            var context = new ListHistory(created: Instant.Parse("2026-01-01")).At("2026-11-23");
            Assert.That(segment.Explain(context).Holds, Is.EqualTo(segment.Holds(context)), block);
        }
    }

    [Test]
    public void EveryFilter_IsRead()
    {
        foreach (var block in Page.Blocks("json filter"))
        {
            using var document = JsonDocument.Parse(block);
            Assert.That(() => FilterJson.Parse(new DefinitionNode(document.RootElement, "$", inFlow: false)), Throws.Nothing, block);
        }
    }

    [Test]
    public void EveryType_HasAnExample()
    {
        var refused = Assert.Throws<DefinitionException>(() => SegmentJson.Parse("""{"type":"no such type"}"""))!;
        var types = refused.Reason.Split(": ")[1].Split(", ").Where(t => !t.EndsWith("(in flows)", StringComparison.Ordinal)).ToList();
        var examples = string.Concat(Page.Blocks("json"));
        Assert.That(types, Has.Count.GreaterThan(15));
        Assert.That(types.Where(t => !examples.Contains($"\"type\": \"{t}\"", StringComparison.Ordinal)), Is.Empty);
    }
}
