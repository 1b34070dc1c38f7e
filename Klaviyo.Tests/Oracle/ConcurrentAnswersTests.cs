using System.Globalization;
using Klaviyo.Bench.Crash;
using Klaviyo.Storage.Files;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Oracle;

// "When a write returns, every question sees it, on every thread." Three writers with people of their own, on a real disk,
// with checkpoints; each asks about its own people and must get exactly what it has written so far; readers see counts that
// only grow. KLAVIYO_STEPS=20000 runs for minutes.
public sealed class ConcurrentAnswersTests
{
    private const int Writers = 3;
    private const int Readers = 2;
    private static readonly Instant EndOfTime = CrashScript.Start.Plus(TimeSpan.FromDays(3650));

    private static int Steps =>
        int.TryParse(Environment.GetEnvironmentVariable("KLAVIYO_STEPS"), CultureInfo.InvariantCulture, out var steps) ? steps : 100;

    // A reader may get its thread when the writers are nearly through.
    private const int RoundsMin = 10;

    [Test]
    public async Task Answers_WhileOthersWrite_AreExactAndNeverFallBack([Values(1, 3)] int lanes, [Values(null, 20_000)] int? indexBytes)
    {
        using var folder = new StoreFolder();
        await using var database = await OpenAsync(folder.Files, lanes, indexBytes);
        var scripts = Enumerable.Range(0, Writers).Select(writer => new CrashScript(lanes, writer) { BatchMax = 60, HasDeeds = false }).ToArray();
        using var done = new CancellationTokenSource();

        var readers = Enumerable.Range(0, Readers).Select(_ => Task.Run(() => Read(database, done.Token))).ToArray();
        await Task.WhenAll(scripts.Select(script => Task.Run(() => WriteAsync(database, script))));
        await done.CancelAsync();
        var answers = await Task.WhenAll(readers);

        var found = await CrashCheck.FindAsync(database, scripts, [.. scripts.Select(_ => Steps)]);
        Assert.That(found.Problem, Is.Null);
        await TestContext.Out.WriteLineAsync($"{found.Events} events, {answers.Sum()} rounds of reading");
    }

    private static async Task WriteAsync(CustomerDatabase database, CrashScript script)
    {
        var (model, random) = (new CrashModel(), new Random(script.Writer));
        for (var i = 0; i < Steps; i++)
        {
            var step = script.Step(i);
            model.Apply(step);
            await database.WriteAsync(step.Writes);
            foreach (var identifier in step.Writes[random.Next(step.Writes.Count)].Profile)
            {
                Expect(database, model, identifier);
            }

            if (random.Next(60) == 0)
            {
                await database.CheckpointAsync();
            }
        }
    }

    private static void Expect(CustomerDatabase database, CrashModel model, Identifier identifier)
    {
        foreach (var metric in CrashScript.Metrics)
        {
            var expected = model[identifier].Events(metric, EndOfTime);
            var query = new AggregateQuery { Metric = metric, Measures = ["count", "sum"] };
            var answer = database.Aggregate(identifier, query, EndOfTime).Values;
            Assert.That(answer[0].AsNumber(), Is.EqualTo(expected.Count), identifier.ToString());
            Assert.That(answer[1].AsNumber(), Is.EqualTo(expected.Sum(e => e.Value ?? 0)), identifier.ToString());
        }
    }

    // Nothing is taken away, so no count may be smaller than it was; also that of a device which becomes somebody's.
    private static int Read(CustomerDatabase database, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<Identifier, double>();
        var (events, rounds) = (0d, 0);
        var asked = Enumerable.Range(0, 12).Select(n => Identifier.ExternalId($"w{n % Writers}-p{n}"))
            .Concat(Enumerable.Range(0, 12).Select(n => Identifier.AnonymousId($"w{n % Writers}-d{n}")))
            .ToList();
        while (!cancellationToken.IsCancellationRequested || rounds <= RoundsMin)
        {
            foreach (var identifier in asked)
            {
                seen[identifier] = Grown(seen.GetValueOrDefault(identifier), CountOf(database, identifier), identifier.ToString());
            }

            events = Grown(events, database.MetricSeries(CrashScript.Metrics[1], TimeUnit.Year, EndOfTime).Sum(r => (double)r.Count), "all");
            rounds++;
        }

        return rounds;
    }

    private static double CountOf(CustomerDatabase database, Identifier identifier) =>
        database.Aggregate(identifier, new AggregateQuery { Metric = CrashScript.Metrics[0] }, EndOfTime).Number!.Value;

    private static double Grown(double before, double now, string what)
    {
        Assert.That(now, Is.GreaterThanOrEqualTo(before), what);
        return now;
    }

    private static ValueTask<CustomerDatabase> OpenAsync(IStorageFiles files, int lanes, int? indexBytes)
    {
        return CustomerDatabase.OpenAsync("", new CustomerDatabaseOptions
        {
            Files = files,
            Lanes = lanes,
            LogPageBytes = 64 << 10,
            LogSegmentBytes = 128 << 10,
            CheckpointEveryRecords = 3000,
            IndexBytesMax = indexBytes,
            ColdFileBytes = 16 << 10,
        });
    }
}
