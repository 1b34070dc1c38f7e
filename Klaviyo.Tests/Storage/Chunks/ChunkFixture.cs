using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Files;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Chunks;

// A store with small chunks, some thousand events of every kind of value, and the questions that chunks answer.
internal static class ChunkFixture
{
    internal const string Metric = "Placed Order";

    internal static ValueTask<CustomerDatabase> OpenAsync(
        IStorageFiles files, long chunkLogBytes, TimeProvider? clock = null, long cacheBytes = 1 << 24)
    {
        return CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = files,
            Clock = clock ?? new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()),
            LogPageBytes = 64 << 10,
            LogSegmentBytes = 1 << 20,
            ChunkLogBytes = chunkLogBytes,
            ChunkCacheBytes = cacheBytes,
            RunBeside = AtOnce.Run,
            RunAhead = AtOnce.Run,
        });
    }

    /// <summary>Writes events of two metrics, some late, with properties that come and go.</summary>
    internal static async Task WriteAsync(CustomerDatabase database, int count, int profiles, int seed = 7)
    {
        var random = new Random(seed);
        var writes = new List<CustomerWrite>();
        for (var i = 0; i < count; i++)
        {
            writes.Add(new CustomerEvent
            {
                Profile = [Identifier.ExternalId($"{random.Next(profiles)}")],
                Metric = random.Next(10) == 0 ? "Viewed Product" : Metric,
                Time = DatabaseFixture.Start.PlusMs((i * 60_000L) - (random.Next(20) == 0 ? random.Next(100_000_000) : 0)),
                Value = random.Next(5) == 0 ? null : random.Next(10_000) / 100.0,
                Properties = Properties(random, i),
            });
        }

        foreach (var batch in writes.Chunk(500))
        {
            await database.WriteAsync(batch);
        }
    }

    /// <summary>Gets all that chunks have a part in: for equality, as text.</summary>
    internal static string Answers(CustomerDatabase database)
    {
        var at = Instant.Parse("2030-01-01");
        var report = database.Report(
            new ReportQuery
            {
                Metric = Metric,
                Measures = [ReportMeasure.Count, ReportMeasure.Sum, ReportMeasure.Unique],
                Interval = TimeUnit.Week,
                By = ["City", "Mixed"],
                Where = [FilterExpression.Parse("has(City)")],
            },
            at);
        var groups = database.Profiles(at)
            .Select(p => database.Aggregate(
                Identifier.ExternalId(p.ExternalId!),
                new AggregateQuery { Metric = Metric, Measures = ["count", "sum:Rare", "distinct:Id", "last:Mixed"], GroupBy = "City" },
                at))
            .Select(a => $"{a.Values} {string.Join(' ', a.Groups.Select(g => $"{g.Key}={g.Values}"))}");
        var rows = report.Rows.Select(r => $"{r.Dimensions} {string.Join(' ', r.Numbers)}");
        return string.Join('\n', groups.Concat(rows).Prepend(report.Dates.ToString()));
    }

    /// <summary>Gets the names of the chunk files.</summary>
    internal static List<string> Chunks(SimulatedFiles files) =>
        [.. files.List().Where(n => n.Contains("/chunk.", StringComparison.Ordinal))];

    /// <summary>Makes a chunk of the whole log of a store, in memory.</summary>
    internal static Chunk Whole(CustomerDatabase database)
    {
        var log = database.Store.Log.Lanes[0];
        return database.Store.Chunks.MakeInMemory(new ChunkRange(0, log.Begin.Value, log.Tail.Value));
    }

    private static PropertyMap Properties(Random random, int i)
    {
        var map = new PropertyMap { ["City"] = $"City {random.Next(40)}", ["Id"] = $"every-order-has-another-{i}" };
        if (random.Next(3) > 0)
        {
            map["Mixed"] = random.Next(6) switch
            {
                0 => random.Next(3),
                1 => 0.1 * random.Next(3),
                2 => "text",
                3 => DatabaseFixture.Start.PlusMs(random.Next(1000)),
                4 => random.Next(2) == 0,
                _ => new PropertyValue[] { "a", random.Next(2) },
            };
        }

        if (random.Next(500) == 0)
        {
            map["Rare"] = random.Next(100_000) / 100.0;
        }

        if (i > 700)
        {
            map[$"Late {i / 700}"] = i;
        }

        return map;
    }
}
