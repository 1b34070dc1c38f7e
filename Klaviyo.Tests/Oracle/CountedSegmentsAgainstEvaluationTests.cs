using CsCheck;
using Klaviyo.Json;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// What one more event can change of counts and sums is told by its age and by what they were before. So: all operators at once,
// two people, and times on a grid of hours, where the edges of windows are met exactly.
public sealed class CountedSegmentsAgainstEvaluationTests
{
    private const int HourMs = 3_600_000;

    private static readonly string[] Operators =
        ["equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal", "between"];

    private static readonly Gen<double?> Values = Gen.OneOf(
        Gen.Const((double?)null),
        Gen.Int[-2, 8].Select(n => (double?)n),
        Gen.Int[-50, 800].Select(n => (double?)(n / 100.0)),
        Gen.Int[0, 3].Select(n => (double?)new[] { 0.001, 1e300, -1e300, 1e16 }[n]));

    private static readonly Gen<(int Person, int HoursAgo, double? Value, int Pass)> Deeds = Gen.Select(
        Gen.Int[0, 1], Gen.Frequency((6, Gen.Int[0, 7]), (1, Gen.Int[-2, 0])), Values, Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[1, 5])));

    /// <summary>Makes the definition of a count or sum in a window.</summary>
    internal static string Definition(int seed, string metric, string unit = "hour", int longest = 7)
    {
        var dice = new Random(seed);
        var (op, isSum) = (Operators[dice.Next(Operators.Length)], dice.Next(2) == 0);
        var amount = isSum ? dice.Next(-300, 1500) / 100m : dice.Next(4);
        var window = dice.Next(4) == 0
            ? """{"type":"date","operator":"alltime"}"""
            : $$"""{"type":"date","operator":"in-the-last","unit":"{{unit}}","quantity":{{1 + dice.Next(longest)}}}""";
        var filter = op == "between"
            ? $$"""{"type":"numeric","operator":"between","start":{{amount}},"end":{{amount + dice.Next(3)}}}"""
            : $$"""{"type":"numeric","operator":"{{op}}","value":{{amount}}}""";
        return $$"""{"type":"profile-metric","metric_id":"{{metric}}","measurement":"{{(isSum ? "sum" : "count")}}","measurement_filter":{{filter}},"timeframe_filter":{{window}}}""";
    }

    [Test]
    public void Members_AfterEachEvent_AreWhatEvaluationGives([Values(null, 1000)] int? indexBytes)
    {
        Gen.Select(Deeds.Array[1, 40], Gen.Int[0, int.MaxValue]).Sample(
            (deeds, seed) => RunAsync(deeds, seed, indexBytes).GetAwaiter().GetResult(), iter: Rounds.Of(60), threads: 1);
    }

    private static async Task RunAsync((int Person, int HoursAgo, double? Value, int Pass)[] deeds, int seed, int? indexBytes)
    {
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        await using var database = await DatabaseFixture.OpenAsync(new SimulatedFiles(seed), clock, 1, indexBytes);
        var dice = new Random(seed);
        for (var i = 0; i < 70; i++)
        {
            await database.DefineSegmentAsync($"{i}", SegmentJson.Parse(Definition(dice.Next(), "Placed Order")));
        }

        await database.RunSegmentsAsync();
        foreach (var (number, (person, hoursAgo, value, pass)) in deeds.Index())
        {
            clock.Advance(TimeSpan.FromHours(pass));
            var now = (Instant)clock.GetUtcNow();
            var happened = new CustomerEvent
            {
                Profile = [Identifier.ExternalId($"{person}")],
                Metric = "Placed Order",
                Value = value,
                Time = now.PlusMs(-hoursAgo * HourMs),
            };
            if (number % 5 == 4)
            {
                await database.WriteAsync([happened, happened with { Value = 1.5, Time = now.PlusMs(-3 * HourMs) }]);
            }
            else
            {
                database.Apply(happened);
            }

            foreach (var name in database.Segments)
            {
                var expected = database.IsMember(happened.Profile[0], database.Segment(name)!, now);
                Assert.That(database.IsMember(happened.Profile[0], name), Is.EqualTo(expected), () => $"{number}: {SegmentJson.Write(database.Segment(name)!)}");
            }
        }

        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }
}
