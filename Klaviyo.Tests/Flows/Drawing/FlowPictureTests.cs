using System.Globalization;
using System.Xml.Linq;
using CsCheck;
using Klaviyo.Testing;

namespace Klaviyo.Tests.Flows.Drawing;

// "A picture of a flow as Mermaid and as SVG, with counts."
public sealed class FlowPictureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly FlowDefinition Cart = FlowBuilder.Named("cart")
        .OnEvent("Added to Cart")
        .As("wait").Wait(7, DelayUnit.Days)
        .As("vip").If(When.Property("plan").Is("gold"),
            yes => yes.As("text").Sms("Hi <b> & \"you\" #1"),
            no => no.As("mail").Email("Hello", "<p>Hello</p>"))
        .Build();

    [Test]
    public void Mermaid_SaysBoxesAndWays_AndEscapes()
    {
        Assert.That(FlowPicture.Mermaid(Cart), Is.EqualTo("""
            flowchart TD
              n0(["Added to Cart"])
              n1("Wait 7 days<br/>wait · time-delay")
              n2{{"plan equals #39;gold#39;?<br/>vip · conditional-split"}}
              n3["SMS: Hi #60;b#62; #38; #34;you#34; #35;1<br/>text · send-sms"]
              n4["E-mail: Hello<br/>mail · send-email"]
              n5(("end"))
              n6(("end"))
              n0 --> n1
              n1 --> n2
              n2 -->|"yes"| n3
              n2 -->|"no"| n4
              n3 --> n5
              n4 --> n6

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Pictures_CarryTheCountsOfStepsAndBranches()
    {
        await using var test = await FlowTest.OpenAsync(Cart);
        for (var i = 0; i < 5; i++)
        {
            await test.IdentifyAsync([$"email:{i}@example.com"], new PropertyMap { ["plan"] = i < 2 ? "gold" : "free" });
            await test.TrackAsync($"email:{i}@example.com", "Added to Cart");
        }

        await test.AdvanceAsync(TimeSpan.FromDays(7));
        await test.TrackAsync("email:late@example.com", "Added to Cart");
        var traffic = await test.Platform.CountTrafficAsync("cart");
        var mermaid = FlowPicture.Mermaid(Cart, traffic);
        Assert.That(mermaid, Does.Contain("6 entered, 1 under way"));
        Assert.That(mermaid, Does.Contain("1 here now"));
        Assert.That(mermaid, Does.Contain("n2 -->|\"yes: 2\"| n3").And.Contain("n2 -->|\"no: 3\"| n4").And.Contain("n0 -->|\"6\"| n1"));
        Assert.That(mermaid, Does.Contain("2 × no-address"));
        Assert.That(mermaid, Does.Contain("3 × send<br/>3 × deliver"));
        var texts = XDocument.Parse(FlowPicture.Svg(Cart, traffic)).Descendants(Svg + "text").Select(t => t.Value).ToList();
        Assert.That(texts, Does.Contain("yes: 2").And.Contain("no: 3").And.Contain("2 × no-address"));
        Assert.That(texts, Does.Contain("SMS: Hi <b> & \"you\" #1"));
    }

    [TestCase("]]><script>alert(1)</script>")]
    [TestCase("\"/><rect x=\"0\"")]
    [TestCase("\u0000\u0001 \uD800 line\nbreak &amp; \uFFFE")]
    [TestCase("日本語の長い件名がここにあります。日本語の長い件名がここにあります。日本語の長い件名がここにあります。")]
    public void WhatComesFromADefinition_StaysText(string nasty)
    {
        var flow = Some.Flow($"f {nasty}", new MetricTrigger($"m {nasty}"), Some.Email("a") with { SubjectLine = nasty, Id = $"id {nasty}" });
        var svg = XDocument.Parse(FlowPicture.Svg(flow));
        Assert.That(svg.Descendants().Select(e => e.Name.LocalName).Distinct(), Is.EquivalentTo(["svg", "title", "defs", "marker", "path", "rect", "g", "text"]));
        Assert.That(Overlaps(svg), Is.Empty);
        Assert.That(FlowPicture.Mermaid(flow).Split('\n'), Has.Length.EqualTo(7));
        Assert.That(FlowPicture.Mermaid(flow), Does.Not.Contain("<script").And.Not.Contain("\"/>"));
    }

    [Test]
    public void RandomFlows_NoBoxesOverlap_NoWayTouchesABox_AndBytesAreTheSame()
    {
        RandomFlows.Flow.Sample(flow =>
        {
            var text = FlowPicture.Svg(flow);
            Assert.That(FlowPicture.Svg(flow with { Name = flow.Name }), Is.EqualTo(text));
            var svg = XDocument.Parse(text);
            Assert.That(Overlaps(svg), Is.Empty);
            Assert.That(Crossings(svg), Is.Empty);
            Assert.That(svg.Descendants(Svg + "g").Count(g => g.Attribute("class")!.Value == "box"), Is.GreaterThan(flow.Steps.Count));
            var (width, height) = (Number(svg.Root!, "width"), Number(svg.Root!, "height"));
            Assert.That(Boxes(svg).All(b => b.Left >= 0 && b.Top >= 0 && b.Right <= width && b.Bottom <= height));
        }, threads: 1, iter: 200);
    }

    [Test]
    public void CirclesAndLongWays_AreDrawn()
    {
        var flow = new FlowDefinition
        {
            Name = "f",
            Trigger = new MetricTrigger("A"),
            Entry = "0",
            Steps =
            [
                Some.Delay("0", "1", 1), Some.Split("1", Some.PropertyIs("p", "x"), "2", "4"), Some.Email("2", "3"),
                new GotoStep { Id = "3", Target = "0", Times = 3, Next = "4" }, Some.Delay("4", "5", 1), Some.Split("5", Some.PropertyIs("p", "x"), "4", "0"),
            ],
        };
        var svg = XDocument.Parse(FlowPicture.Svg(flow));
        Assert.That(Overlaps(svg), Is.Empty);
        Assert.That(Crossings(svg), Is.Empty);
        Assert.That(svg.Descendants(Svg + "path").Count(p => p.Attribute("class")?.Value == "way"), Is.EqualTo(10));
    }

    [TestCase(1, DelayUnit.Days, null, "Wait 1 day<")]
    [TestCase(1, DelayUnit.Days, 2, "Wait 1 day 2 hours<")]
    [TestCase(2, DelayUnit.Days, 1, "Wait 2 days 1 hour<")]
    [TestCase(1, DelayUnit.Hours, 1, "Wait 1 hour 1 minute<")]
    [TestCase(0, DelayUnit.Hours, 30, "Wait 30 minutes<")]
    [TestCase(0, DelayUnit.Minutes, 0, "Wait 0 minutes<")]
    public void Delay_IsSaidWhole_AndOneInTheSingular(int value, DelayUnit unit, int? secondary, string words)
    {
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", "m", value, unit) with { SecondaryValue = secondary }, Some.Email("m"));
        Assert.That(FlowPicture.Mermaid(flow), Does.Contain(words));
    }

    [Test]
    public void DraftWithoutSteps_IsRefused() => Assert.That(
        () => FlowPicture.Svg(Cart with { Steps = [], Entry = "" }), Throws.TypeOf<DefinitionException>());

    private static List<(int Left, int Top, int Right, int Bottom)> Boxes(XDocument svg)
    {
        return [.. svg.Descendants(Svg + "g").Select(g => g.Element(Svg + "rect")!).Select(r => (
            Number(r, "x"), Number(r, "y"), Number(r, "x") + Number(r, "width"), Number(r, "y") + Number(r, "height")))];
    }

    private static IEnumerable<string> Overlaps(XDocument svg)
    {
        var boxes = Boxes(svg);
        return
            from i in Enumerable.Range(0, boxes.Count)
            from j in Enumerable.Range(0, i)
            where boxes[i].Left < boxes[j].Right && boxes[j].Left < boxes[i].Right && boxes[i].Top < boxes[j].Bottom && boxes[j].Top < boxes[i].Bottom
            select $"{boxes[i]} and {boxes[j]}";
    }

    // Points along each way, but for its ends and the labels on it.
    private static IEnumerable<string> Crossings(XDocument svg)
    {
        var boxes = svg.Descendants(Svg + "g").Where(g => g.Attribute("class")!.Value == "box").Select(g => g.Element(Svg + "rect")!).Select(r => (
            Left: Number(r, "x"), Top: Number(r, "y"), Right: Number(r, "x") + Number(r, "width"), Bottom: Number(r, "y") + Number(r, "height"))).ToList();
        foreach (var way in svg.Descendants(Svg + "path").Where(p => p.Attribute("class")?.Value == "way"))
        {
            var points = way.Attribute("d")!.Value[1..].Split('L').Select(p => p.Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
            for (var i = 1; i < points.Count; i++)
            {
                for (var t = 0.02; t < 1; t += 0.02)
                {
                    var (x, y) = (points[i - 1][0] + (t * (points[i][0] - points[i - 1][0])), points[i - 1][1] + (t * (points[i][1] - points[i - 1][1])));
                    if (boxes.Any(b => x > b.Left && x < b.Right && y > b.Top && y < b.Bottom))
                    {
                        yield return way.Attribute("d")!.Value;
                    }
                }
            }
        }
    }

    private static int Number(XElement element, string name) => int.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
