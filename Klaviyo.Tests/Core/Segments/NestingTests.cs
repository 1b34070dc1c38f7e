using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Segments;

// "and, or, not of any depth": as deep as a small stack carries, and behind that one error that says how deep and where.
public sealed class NestingTests
{
    [Test]
    public void AtTheBound_EverythingThatCanBeAsked_FitsIntoASmallStack([ValueSource(typeof(DeepConditions), nameof(DeepConditions.Names))] string shape)
    {
        SmallStack.Run(() =>
        {
            var json = DeepConditions.Json(shape, DeepConditions.LevelsMax);
            var segment = SegmentJson.Parse(json);
            var inCode = new SegmentDefinition(DeepConditions.InCode(shape, DeepConditions.LevelsMax));
            Assert.That(SegmentJson.Write(segment.Root), Is.EqualTo(json));
            Assert.That(inCode, Is.EqualTo(segment));
            Assert.That(inCode.GetHashCode(), Is.EqualTo(segment.GetHashCode()));
            Assert.That(segment.Root.ToString(), Is.Not.Empty);
            Assert.That(segment.Dependencies.Metrics, Is.EquivalentTo(["m"]));

            var did = new ListHistory().Did("m", "2026-01-01T12:00:00Z");
            Assert.That(segment.Holds(did.At("2026-01-01T12:00:00Z")), Is.True);
            Assert.That(segment.NextFlip(did.At("2026-01-01T12:00:00Z")), Is.EqualTo(Instant.Parse("2026-01-02T12:00:00Z")));
            var why = segment.Explain(did.At("2026-01-01T12:00:00Z"));
            for (var i = 0; i < DeepConditions.LevelsMax; i++)
            {
                Assert.That(why.Parts, Has.Count.EqualTo(1));
                why = why.Parts[0];
            }
        });
    }

    [Test]
    public void OverTheBound_Json_SaysHowDeepAndWhere([ValueSource(typeof(DeepConditions), nameof(DeepConditions.Names))] string shape)
    {
        SmallStack.Run(() =>
        {
            var refused = Assert.Throws<DefinitionException>(() => SegmentJson.Parse(DeepConditions.Json(shape, DeepConditions.LevelsMax + 1)))!;
            Assert.That(refused.Reason, Is.EqualTo("conditions are nested deeper than 256"));
            var step = shape switch { "not" => ".not", "groups" => ".condition_groups[0].conditions[0]", _ => $".{shape}[0]" };
            Assert.That(refused.Path, Is.EqualTo("$" + string.Concat(Enumerable.Repeat(step, DeepConditions.LevelsMax + 1))));
        });
    }

    [Test]
    public void OverTheBound_InCode_IsRefusedWhenItIsMade([ValueSource(typeof(DeepConditions), nameof(DeepConditions.Names))] string shape)
    {
        SmallStack.Run(() => Assert.That(
            () => DeepConditions.InCode(shape, DeepConditions.LevelsMax + 1),
            Throws.ArgumentException.With.Message.Contains("nested deeper than 256")));
    }

    [Test]
    public void OverTheBound_WithOtherParts_IsRefused()
    {
        var deep = DeepConditions.InCode("not", DeepConditions.LevelsMax);
        var related = new RelatedObjectsCondition { ObjectType = "account" };
        Assert.That(() => new AndCondition([]) with { Conditions = [deep] }, Throws.ArgumentException);
        Assert.That(() => new NotCondition(related) with { Negated = deep }, Throws.ArgumentException);
        Assert.That(() => related with { Where = deep }, Throws.ArgumentException);
    }

    // Whatever else is deep: no definition, but no end of the process either, and not "not JSON".
    [TestCase("[", "]")]
    [TestCase("{\"a\":", "}")]
    [TestCase("{\"not\":", "}")]
    public void DeepText_SaysHowDeepAndWhere(string open, string close)
    {
        const int levels = 100_000;
        var json = string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));
        SmallStack.Run(() =>
        {
            var refused = Assert.Throws<DefinitionException>(() => SegmentJson.Parse(json))!;
            Assert.That(refused.Reason, Is.EqualTo("is nested deeper than 1088"));
            Assert.That(refused.Path, Does.StartWith(open.Length == 1 ? "$[0][0]" : open.Contains('a', StringComparison.Ordinal) ? "$.a.a" : "$.not.not"));
        });
    }
}
