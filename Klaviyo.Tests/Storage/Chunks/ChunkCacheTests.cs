using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Chunks;

public sealed class ChunkCacheTests
{
    private const long ChunkLogBytes = 16 << 10;

    [TestCase(1)]
    [TestCase(20_000)]
    [TestCase(1 << 24)]
    public async Task Cache_OfAnySize_GivesTheSameAnswers_AndKeepsToIt(long cacheBytes)
    {
        var files = new SimulatedFiles(seed: 5);
        await using (var writing = await ChunkFixture.OpenAsync(files, ChunkLogBytes))
        {
            await ChunkFixture.WriteAsync(writing, 3000, profiles: 20);
        }

        await using var ample = await ChunkFixture.OpenAsync(files.Clone(), ChunkLogBytes);
        await using var scarce = await ChunkFixture.OpenAsync(files, ChunkLogBytes, cacheBytes: cacheBytes);
        for (var round = 0; round < 3; round++)
        {
            Assert.That(ChunkFixture.Answers(scarce), Is.EqualTo(ChunkFixture.Answers(ample)));
        }

        // One part more than fits: the one that is being read.
        Assert.That(scarce.Store.Chunks.Cache.Bytes, Is.LessThan(cacheBytes + ChunkLogBytes));
        Assert.That(ample.Store.Chunks.Cache.Bytes, Is.GreaterThan(20_000));
    }

    [Test]
    public async Task Cache_OfADroppedChunk_IsGivenUp()
    {
        await using var database = await ChunkFixture.OpenAsync(new SimulatedFiles(1), ChunkLogBytes);
        await ChunkFixture.WriteAsync(database, 3000, profiles: 20);
        _ = ChunkFixture.Answers(database);
        var chunks = database.Store.Chunks;
        foreach (var chunk in chunks[0].All.ToArray())
        {
            chunks.Drop(chunk.Range);
        }

        Assert.That(chunks.Cache.Bytes, Is.Zero);
    }

    [Test]
    public async Task Report_PassesOverErasedProfiles()
    {
        await using var database = await ChunkFixture.OpenAsync(new SimulatedFiles(1), ChunkLogBytes);
        await ChunkFixture.WriteAsync(database, 1000, profiles: 20);
        var (at, all) = (Instant.Parse("2030-01-01"), new AggregateQuery { Metric = ChunkFixture.Metric });
        var query = new ReportQuery { Metric = ChunkFixture.Metric, Measures = [ReportMeasure.Count, ReportMeasure.Unique] };
        var first = Identifier.ExternalId(database.Profiles(at).First().ExternalId!);
        var expected = database.Profiles(at).Skip(1).Sum(p => database.Aggregate(Identifier.ExternalId(p.ExternalId!), all, at).Number);

        _ = await database.EraseAsync(first);
        var numbers = database.Report(query, at).Rows[0].Numbers;
        Assert.That(numbers[0][0], Is.EqualTo(expected));
        Assert.That(numbers[1][0], Is.EqualTo(19));
    }
}
