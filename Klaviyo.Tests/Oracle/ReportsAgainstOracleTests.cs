using CsCheck;
using Klaviyo.Storage.Files;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// Random writes and random reports over them. The chunk files come, are deleted, damaged, cut off, and made again; every
// report and every filter on one profile must be what a list and LINQ say, whatever there is of them.
public sealed class ReportsAgainstOracleTests
{
    private static readonly string[] Paths = ["city", "plan", "score", "plan.inner.x", "plan[1]", "never", "$value"];

    private static readonly string[] Filters =
    [
        "equals(city,\"Paris\")", "not(equals(city,\"Paris\"))", "greater-than(score,1)", "has(plan)", "equals(plan,null)",
        "greater-than(value,2)", "any(score,[\"Paris\",2])", "equals(plan.inner.x,1)", "contains(city,\"ü\")",
        "or(equals(city,\"Paris\"),greater-than(value,10))", "less-than(datetime,2026-11-20T00:00:00)", "has(never)",
    ];

    private static readonly Gen<ReportQuery> Queries = Gen.Select(
        OneOf(RandomWrites.Metrics),
        OneOf<TimeUnit?>(null, TimeUnit.Hour, TimeUnit.Day, TimeUnit.Week, TimeUnit.Month, TimeUnit.Year),
        OneOf(Paths).Array[0, 3],
        OneOf(Filters).Array[0, 2],
        Gen.Int[-12, 2].Array[2],
        OneOf("UTC", "America/New_York", "Australia/Lord_Howe"),
        (metric, interval, by, where, days, zone) => new ReportQuery
        {
            Metric = metric,
            Measures = [ReportMeasure.Count, ReportMeasure.Sum, ReportMeasure.Unique],
            Interval = interval,
            By = ValueList.Of(by.Distinct().Select(p => new PropertyPath(p))),
            Where = ValueList.Of(where.Select(FilterExpression.Parse)),
            Range = Range(days[0], days[1]),
            Zone = AccountZone.Of(zone),
        });

    private enum Deed
    {
        Write,
        Commit,
        Reopen,
        LoseHalf,
        Damage,
        Crash,
        Ask,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes, ReportQuery Query)> Deeds = Gen.Select(
        Gen.Frequency(
            (12, Gen.Const(Deed.Write)),
            (4, Gen.Const(Deed.Commit)),
            (1, Gen.Const(Deed.Reopen)),
            (1, Gen.Const(Deed.LoseHalf)),
            (1, Gen.Const(Deed.Damage)),
            (1, Gen.Const(Deed.Crash)),
            (4, Gen.Const(Deed.Ask))),
        RandomWrites.Write.Array[1, 8],
        Queries);

    [TestCase(1)]
    [TestCase(3)]
    public void EveryReport_IsTheOracles(int lanes)
    {
        Gen.Select(Deeds.Array[1, 50], Gen.Int[0, int.MaxValue]).Sample(
            (deeds, seed) => RunAsync(lanes, deeds, seed).GetAwaiter().GetResult(), iter: 200, threads: 1);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static TimeRange Range(int from, int to)
    {
        var (first, last) = (RandomWrites.Now.Plus(TimeSpan.FromDays(from)), RandomWrites.Now.Plus(TimeSpan.FromDays(to)));
        return from % 3 == 0 ? TimeRange.All : new TimeRange(from % 3 == 1 ? Instant.MinValue : first, to % 3 == 1 ? Instant.MaxValue : last);
    }

    private static async Task RunAsync(int lanes, (Deed Deed, CustomerWrite[] Writes, ReportQuery Query)[] deeds, int seed)
    {
        var (files, random) = (new SimulatedFiles(seed), new Random(seed));
        var (oracle, durable, accepted) = (new NaiveStore(), new List<CustomerWrite>(), new List<CustomerWrite>());
        var database = await OpenAsync(files, lanes);
        foreach (var (deed, writes, query) in deeds)
        {
            switch (deed)
            {
                case Deed.Write:
                    foreach (var write in writes)
                    {
                        database.Apply(write);
                        oracle.Apply(write, RandomWrites.Now);
                        accepted.Add(write);
                    }

                    break;
                case Deed.Commit:
                    await database.CommitAsync();
                    durable = [.. accepted];
                    break;
                case Deed.Crash:
                    (files, oracle) = (files.AfterPowerCut(), Replayed(durable));
                    accepted = [.. durable];
                    database.Store.Dispose();
                    database = await OpenAsync(files, lanes);
                    break;
                case Deed.Ask:
                    Compare(database, oracle, query, random);
                    break;
                default:
                    await database.DisposeAsync();
                    durable = [.. accepted];
                    Harm(files, deed, random);
                    database = await OpenAsync(files, lanes);
                    break;
            }
        }

        foreach (var (_, _, query) in deeds.Take(5))
        {
            Compare(database, oracle, query, random);
        }

        // A damaged chunk that no question has met is found by verifying, and gone after it.
        while ((await database.VerifyAsync()).Problem is { } problem)
        {
            Assert.That(problem, Does.Contain("/chunk."));
        }

        database.Store.Chunks.Maker.MakeAll(1);
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        Compare(database, oracle, deeds[0].Query, random);
        await database.DisposeAsync();
    }

    private static NaiveStore Replayed(List<CustomerWrite> writes)
    {
        var oracle = new NaiveStore();
        writes.ForEach(write => oracle.Apply(write, RandomWrites.Now));
        return oracle;
    }

    private static void Harm(SimulatedFiles files, Deed deed, Random random)
    {
        foreach (var name in files.List().Where(n => n.Contains("/chunk.", StringComparison.Ordinal)))
        {
            if (deed == Deed.LoseHalf && random.Next(2) == 0)
            {
                files.Delete(name);
            }
            else if (deed == Deed.Damage && random.Next(2) == 0 && files[name].Length > 0)
            {
                var bytes = files[name];
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                files[name] = random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            }
        }
    }

    private static void Compare(CustomerDatabase database, NaiveStore oracle, ReportQuery query, Random random)
    {
        var at = RandomWrites.Now.Plus(TimeSpan.FromDays(random.Next(-3, 2)));
        var expected = NaiveReport.Answer(oracle, query, at, database.Zone);
        var actual = database.Report(query, at);
        Assert.That(actual.Dates, Is.EqualTo(expected.Dates), $"{query}");
        Assert.That(actual.Rows.Select(r => r.Dimensions), Is.EqualTo(expected.Rows.Select(r => r.Dimensions)), $"{query}");
        foreach (var (row, right) in actual.Rows.Zip(expected.Rows))
        {
            Assert.That(row.Numbers[0], Is.EqualTo(right.Numbers[0]), $"{query}");
            // A decimal made of a double keeps 15 digits: of 10^9 that is 10^-6 an event.
            Assert.That(row.Numbers[1].ToArray(), Is.EqualTo(right.Numbers[1].ToArray()).Within(1e-4), $"{query}");
            Assert.That(row.Numbers[2], Is.EqualTo(right.Numbers[2]), $"{query}");
        }

        CompareProfiles(database, oracle, query.Metric, at);
    }

    private static void CompareProfiles(CustomerDatabase database, NaiveStore oracle, string metric, Instant at)
    {
        var query = new AggregateQuery { Metric = metric, Measures = ["count", "distinct:plan"], GroupBy = "city" };
        foreach (var identifier in oracle.AllIdentifiers)
        {
            var events = oracle.Events(oracle.RootOf(identifier), metric, at).ToList();
            var answer = database.Aggregate(identifier, query, at);
            Assert.That(answer.Number, Is.EqualTo(events.Count));
            Assert.That(answer.Values[1].AsNumber(), Is.EqualTo(events.Select(e => e.Properties["plan"]).Where(v => !v.IsNull).Distinct().Count()));
            Assert.That(
                answer.Groups.Select(g => (g.Key, g.Values[0])),
                Is.EquivalentTo(events.GroupBy(e => e.Properties["city"]).Select(g => (g.Key, (PropertyValue)g.Count()))));
        }
    }

    private static ValueTask<CustomerDatabase> OpenAsync(IStorageFiles files, int lanes)
    {
        return CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = files,
            Clock = new FakeTimeProvider(RandomWrites.Now.ToDateTimeOffset()),
            Lanes = lanes,
            LogPageBytes = 64 << 10,
            LogSegmentBytes = 128 << 10,
            ChunkLogBytes = 1 << 10,
            RunBeside = AtOnce.Run,
            RunAhead = AtOnce.Run,
        });
    }
}
