using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Conditions;

public sealed class RelatedObjectsConditionTests
{
    private static readonly ProfilePropertyCondition IsPro = new("plan", new StringFilter(StringOperator.EqualTo, "pro"));

    [TestCase("", false, true, true, 0)]
    [TestCase("pro", true, true, false, 1)]
    [TestCase("free", false, false, true, 0)]
    [TestCase("pro,free", true, false, false, 1)]
    [TestCase("pro,pro", true, true, false, 2)]
    public void Holds_AnyAllNoneCount_OfTheRelatedObjects(string plans, bool any, bool all, bool none, int count)
    {
        var history = new ListHistory();
        foreach (var (plan, i) in plans.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((p, i) => (p, i)))
        {
            history.Belongs("member", "account", new ListHistory(100 + i).Has("plan", plan), Instant.Parse("2026-01-01"));
        }

        Assert.That(Holds(Quantifier.Any), Is.EqualTo(any));
        Assert.That(Holds(Quantifier.All), Is.EqualTo(all));
        Assert.That(Holds(Quantifier.None), Is.EqualTo(none));
        Assert.That(Holds(Quantifier.Count), Is.True);

        bool Holds(Quantifier quantifier) => new RelatedObjectsCondition
        {
            ObjectType = "account",
            Relation = "member",
            Quantifier = quantifier,
            Amount = new NumberFilter(NumberOperator.EqualTo, count),
            Where = IsPro,
        }.Holds(history.At("2026-06-01"));
    }

    // "in [since, until)"
    [Test]
    public void NextFlip_RelationAndObject_AreBothFollowed()
    {
        var account = new ListHistory(100).Has("plan", "pro", "2026-03-01");
        var history = new ListHistory().Has("x", 1).Belongs("member", "account", account, Instant.Parse("2026-02-01"), Instant.Parse("2026-04-01"));
        var segment = new SegmentDefinition(new RelatedObjectsCondition { ObjectType = "account", Where = IsPro });
        Assert.That(segment.NextFlip(history.At("2026-01-01")), Is.EqualTo(Instant.Parse("2026-03-01")));
        Assert.That(segment.NextFlip(history.At("2026-03-01")), Is.EqualTo(Instant.Parse("2026-04-01")));
        Assert.That(segment.NextFlip(history.At("2026-04-01")), Is.Null);
        Assert.That(segment.Dependencies.ObjectTypes, Is.EquivalentTo("account".Split(' ')));
        var why = segment.Explain(history.At("2026-03-01"));
        Assert.That(why.Condition, Is.EqualTo("any of 'account' match"));
        Assert.That(why.Parts.Single().Condition, Does.EndWith(": plan equals 'pro'"));
        Assert.That(why.Parts.Single().Value, Is.EqualTo((PropertyValue)"pro"));
    }

    // The oracle counts the objects one by one.
    [Test]
    public void Holds_RandomHistories_IsWhatCountingSays()
    {
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, Instant.Parse("2026-10-20"), 3_600_000, 100, [TimeUnit.Hour], 9);
                var (history, condition, at) = (random.HistoryWithObjects(), random.Related(), random.Time());
                var objects = history.Relations("account")
                    .Where(r => r.Since <= at && (r.Until is null || at < r.Until) && (condition.Relation ?? r.Name) == r.Name)
                    .GroupBy(r => r.OtherId)
                    .Select(g => condition.Where.Holds(((ListHistory)history.Related(g.Key)!).At(at)))
                    .ToList();
                var expected = condition.Quantifier switch
                {
                    Quantifier.Any => objects.Contains(true),
                    Quantifier.All => !objects.Contains(false),
                    Quantifier.None => !objects.Contains(true),
                    _ => objects.Any(o => o),
                };
                Assert.That(condition.Holds(history.At(at)), Is.EqualTo(expected), $"{condition} at {at}");
            },
            iter: 1000);
    }
}
