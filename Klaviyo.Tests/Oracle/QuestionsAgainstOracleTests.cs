using CsCheck;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Oracle;

// What DatabaseAgainstOracleTests does not ask: any measure over any window, filtered and grouped by event properties, as of
// any instant, before and after a reopening with and without checkpoints; while the clock is set forward and back.
public sealed class QuestionsAgainstOracleTests
{
    private const double Relative = 1e-9;
    private const double Absolute = 1e-5;

    private static readonly Gen<(CustomerWrite Write, int ClockDays)> Deeds =
        Gen.Select(RandomWrites.Write, Gen.Frequency((6, Gen.Const(0)), (1, Gen.Int[-5, 5])));

    private static readonly Gen<(AggregateQuery Query, Instant At)> Questions = Gen.Select(RandomQuestions.Query, RandomQuestions.At);

    // With little memory nearly every profile is cold at any time.
    [TestCase(null)]
    [TestCase(1000)]
    public void EveryQuestion_IsAnsweredAsTheOracleDoes(int? indexBytes)
    {
        Gen.Select(Deeds.Array[1, 50], Questions.Array[1, 12]).Sample(
            (deeds, questions) => RunAsync(indexBytes, deeds, questions).GetAwaiter().GetResult(), iter: Rounds.Of(100), threads: 1);
    }

    private static async Task RunAsync(int? indexBytes, (CustomerWrite Write, int ClockDays)[] deeds, (AggregateQuery Query, Instant At)[] questions)
    {
        var (files, clock, oracle) = (new SimulatedFiles(0), new JumpingClock(RandomWrites.Now), new NaiveStore());
        await using (var database = await DatabaseFixture.OpenAsync(files, clock, 1, indexBytes))
        {
            foreach (var (write, days) in deeds)
            {
                clock.Now = clock.Now.Plus(TimeSpan.FromDays(days));
                oracle.Apply(write, clock.Now);
                await database.WriteAsync(write);
            }

            Compare(database, oracle, questions);
        }

        await using (var again = await DatabaseFixture.OpenAsync(files, clock, 1, indexBytes))
        {
            Compare(again, oracle, questions);
        }

        foreach (var name in files.List().Where(n => !StoreFiles.IsTruth(n)).ToList())
        {
            files.Delete(name);
        }

        await using var rebuilt = await DatabaseFixture.OpenAsync(files, clock, 1, indexBytes);
        Compare(rebuilt, oracle, questions);
        Assert.That((await rebuilt.VerifyAsync()).Problem, Is.Null);
    }

    private static void Compare(CustomerDatabase database, NaiveStore oracle, (AggregateQuery Query, Instant At)[] questions)
    {
        foreach (var identifier in oracle.AllIdentifiers)
        {
            var history = oracle.History(oracle.RootOf(identifier));
            foreach (var (query, at) in questions)
            {
                Compare(database.Aggregate(identifier, query, at), query, history, at);
            }
        }
    }

    private static void Compare(AggregateResult actual, AggregateQuery query, ListHistory history, Instant at)
    {
        var events = NaiveMetrics.Events(history, query.Metric, query.Window, query.Where, at);
        events.RemoveAll(e => !query.Range.Contains(e.Row.Time));
        CompareValues(actual.Values, query, events, at);
        if (query.GroupBy is not { } property)
        {
            Assert.That(actual.Groups, Is.Empty);
            return;
        }

        var groups = events.GroupBy(e => e.Properties[property.Text]).ToDictionary(g => g.Key, g => g.ToList());
        Assert.That(actual.Groups.Select(g => g.Key), Is.EquivalentTo(groups.Keys), $"{query} at {at}");
        foreach (var group in actual.Groups)
        {
            CompareValues(group.Values, query, groups[group.Key], at);
        }
    }

    private static void CompareValues(
        ValueList<PropertyValue> actual, AggregateQuery query, List<(EventRow Row, PropertyMap Properties)> events, Instant at)
    {
        for (var i = 0; i < query.Measures.Count; i++)
        {
            var expected = NaiveMetrics.Measured(query.Measures[i], events);
            Assert.That(IsSame(actual[i], expected), Is.True, $"{query.Measures[i]} of {query} at {at}: {actual[i]} instead of {expected}");
        }
    }

    // The oracle's decimals have fifteen digits of a double.
    private static bool IsSame(PropertyValue actual, PropertyValue expected)
    {
        return actual.Kind == PropertyKind.Number && expected.Kind == PropertyKind.Number
            ? Math.Abs(actual.AsNumber() - expected.AsNumber()) <= Math.Max(Absolute, Relative * Math.Abs(expected.AsNumber()))
            : actual == expected;
    }
}
