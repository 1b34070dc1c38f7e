using System.Collections.Concurrent;
using System.Globalization;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Oracle;

// More profiles than memory has room for, even for their slots: whoever asks about one by whatever identifier, or about everybody,
// beside writers, erasures, checkpoints and compactions, gets what had been written by then. KLAVIYO_STEPS=3000 runs for minutes.
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ManyProfilesAnswersTests
{
    private const int People = 24_000;
    private const int ErasableFrom = 20_000;
    private const int Writers = 2;
    private const string Metric = "Ordered";
    private static readonly Instant EndOfTime = Instant.Parse("2100-01-01T00:00:00Z");
    private static readonly SegmentDefinition Twice = new(When.Did(Metric).Times().AtLeast(2));

    // Of each person how many events are surely written, and how many may be; who is about to be erased, and who is.
    private readonly long[] _done = new long[People];
    private readonly long[] _begun = new long[People];
    private readonly ProfileId[] _ids = new ProfileId[People];
    private readonly ConcurrentDictionary<int, bool> _erasing = new();
    private readonly ConcurrentDictionary<int, bool> _erased = new();
    private long _doneAll;
    private long _begunAll;

    private static int Steps =>
        int.TryParse(Environment.GetEnvironmentVariable("KLAVIYO_STEPS"), CultureInfo.InvariantCulture, out var steps) ? steps : 30;

    [Test]
    public async Task Answers_WhileOthersWriteEraseAndCompact_AreExact([Values(1, 3)] int lanes)
    {
        await using var database = await OpenAsync(lanes);
        using var done = new CancellationTokenSource();
        var readers = new Action<Random>[] { random => AskOne(database, random), _ => AskAll(database), _ => Walk(database) }
            .Select((ask, n) => Task.Run(() => UntilDone(ask, n, done.Token)))
            .ToArray();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(database, writer)))
            .Append(Task.Run(() => EraseAsync(database)))
            .Append(Task.Run(() => KeepHouseAsync(database))));
        await done.CancelAsync();
        var rounds = await Task.WhenAll(readers);

        foreach (var person in Enumerable.Range(0, People))
        {
            Check(database, person);
        }

        AskAll(database);
        Walk(database);
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        await TestContext.Out.WriteLineAsync($"{_doneAll} events, {_erased.Count} erased, rounds of reading: {string.Join(", ", rounds)}");
    }

    private async Task WriteAsync(CustomerDatabase database, int writer)
    {
        var random = new Random(writer);
        for (var step = 0; step < Steps; step++)
        {
            var people = Enumerable.Range(0, random.Next(1, 40)).Select(_ => (random.Next(ErasableFrom) / Writers * Writers) + writer).ToList();
            people.ForEach(person => _begun[person]++);
            Interlocked.Add(ref _begunAll, people.Count);
            await database.WriteAsync([.. people.Select(Event)]);
            people.ForEach(person => _done[person]++);
            Interlocked.Add(ref _doneAll, people.Count);
            people.ForEach(person => Check(database, person));
        }
    }

    private async Task EraseAsync(CustomerDatabase database)
    {
        var random = new Random(7);
        for (var step = 0; step < Steps; step++)
        {
            var person = random.Next(ErasableFrom, People);
            if (_erasing.TryAdd(person, true))
            {
                Assert.That((await database.EraseAsync(Named(person)))!.Events, Is.EqualTo(1), $"{person}");
                _erased[person] = true;
                Check(database, person);
            }
        }
    }

    private static async Task KeepHouseAsync(CustomerDatabase database)
    {
        for (var step = 0; step < Math.Max(Steps / 20, 2); step++)
        {
            await database.CheckpointAsync();
            await database.CompactAsync();
        }
    }

    private void AskOne(CustomerDatabase database, Random random)
    {
        for (var i = 0; i < 50; i++)
        {
            Check(database, random.Next(People));
        }
    }

    // Under an identifier, and under the id, which no index finds.
    private void Check(CustomerDatabase database, int person)
    {
        foreach (var identifier in new[] { Named(person), Identifier.Of(IdentifierKind.Id, _ids[person].ToString()) })
        {
            var (least, wasErased) = (Volatile.Read(ref _done[person]), _erased.ContainsKey(person));
            var count = (long)database.Aggregate(identifier, new AggregateQuery { Metric = Metric }, EndOfTime).Number!.Value;
            var isMember = database.IsMember(identifier, Twice, EndOfTime);
            var isKnown = database.Profile(identifier) is not null;
            least = _erasing.ContainsKey(person) ? 0 : least;
            var most = wasErased ? 0 : Volatile.Read(ref _begun[person]);
            Assert.That(count, Is.InRange(least, most), $"{identifier}");
            Assert.That(isMember, Is.EqualTo(least > 1).Or.EqualTo(most > 1), $"{identifier}");
            Assert.That(isKnown, Is.EqualTo(least > 0).Or.EqualTo(most > 0), $"{identifier}");
        }
    }

    private void AskAll(CustomerDatabase database)
    {
        var (least, gone) = (Interlocked.Read(ref _doneAll), _erased.Count);
        var count = (long)database.Report(new ReportQuery { Metric = Metric }, EndOfTime).Rows.Single().Numbers[0][0];
        Assert.That(count, Is.InRange(least - _erasing.Count, Interlocked.Read(ref _begunAll) - gone));
    }

    private void Walk(CustomerDatabase database)
    {
        var (least, gone) = (_done.LongCount(n => n > 1), _erased.Count);
        var members = database.SegmentMembers(Twice, EndOfTime).LongCount();
        Assert.That(members, Is.InRange(least, _begun.LongCount(n => n > 1)));
        Assert.That(database.Profiles().Count(), Is.InRange(People - _erasing.Count, People - gone));
    }

    private static int UntilDone(Action<Random> ask, int seed, CancellationToken cancellationToken)
    {
        var (random, rounds) = (new Random(seed), 0);
        while (!cancellationToken.IsCancellationRequested || rounds == 0)
        {
            ask(random);
            rounds++;
        }

        return rounds;
    }

    private async Task<CustomerDatabase> OpenAsync(int lanes)
    {
        var database = await CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = new SimulatedFiles(seed: 3),
            Lanes = lanes,
            LogPageBytes = 256 << 10,
            LogSegmentBytes = 1 << 20,
            IndexBytesMax = 100_000 * lanes,
            ColdFileBytes = 128 << 10,
        });
        foreach (var some in Enumerable.Range(0, People).Chunk(2000))
        {
            var written = await database.WriteAsync([.. some.Select(Event)]);
            foreach (var (person, result) in some.Zip(written))
            {
                (_ids[person], _done[person], _begun[person]) = (result.Profile, 1, 1);
            }
        }

        _doneAll = _begunAll = People;
        return database;
    }

    private static Identifier Named(int person) => Identifier.ExternalId($"{person}");

    private static CustomerWrite Event(int person) => new CustomerEvent { Profile = [Named(person)], Metric = Metric };
}
