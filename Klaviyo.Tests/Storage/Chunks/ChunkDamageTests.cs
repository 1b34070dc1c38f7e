using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Chunks;

// Chunks are disposable: damaged, cut, deleted, taken from another store or ahead of the log, they change no answer.
public sealed class ChunkDamageTests
{
    [Test]
    public async Task Chunk_AnyByteFlipped_ChangesNoAnswer()
    {
        var (files, expected) = await StoreAsync(events: 40, chunkLogBytes: 1 << 20);
        var name = ChunkFixture.Chunks(files).Single();
        for (var offset = 0; offset < files[name].Length; offset++)
        {
            var damaged = files.Clone();
            var bytes = damaged[name];
            bytes[offset] ^= (byte)(1 << (offset % 8));
            damaged[name] = bytes;
            await ExpectAsync(damaged, expected, $"byte {offset}");
        }
    }

    [Test]
    public async Task Chunk_CutAtAnyLength_ChangesNoAnswer()
    {
        var (files, expected) = await StoreAsync(events: 40, chunkLogBytes: 1 << 20);
        var name = ChunkFixture.Chunks(files).Single();
        for (var kept = 0; kept < files[name].Length; kept += 13)
        {
            var damaged = files.Clone();
            damaged[name] = damaged[name][..kept];
            await ExpectAsync(damaged, expected, $"cut at {kept}");
        }
    }

    [Test]
    public async Task Chunks_HalfOfThemGone_AreMadeAgain()
    {
        var (files, expected) = await StoreAsync(events: 3000, chunkLogBytes: 16 << 10);
        var names = ChunkFixture.Chunks(files);
        foreach (var name in names.Where((_, i) => i % 2 == 0))
        {
            files.Delete(name);
        }

        await using var database = await ChunkFixture.OpenAsync(files, 16 << 10);
        Assert.That(ChunkFixture.Answers(database), Is.EqualTo(expected), "half of them are gone");
        database.Store.Chunks.Maker.MakeAll(1);
        Assert.That(ChunkFixture.Chunks(files), Is.EqualTo(names));
        Assert.That(ChunkFixture.Answers(database), Is.EqualTo(expected));
    }

    [Test]
    public async Task Chunk_OfAnotherStore_IsDropped()
    {
        var (files, expected) = await StoreAsync(events: 40, chunkLogBytes: 1 << 20);
        var (others, _) = await StoreAsync(events: 40, chunkLogBytes: 1 << 20, seed: 8);
        files[ChunkFixture.Chunks(files).Single()] = others[ChunkFixture.Chunks(others).Single()];
        await ExpectAsync(files, expected, "a chunk of another store");
    }

    [TestCase("lane-0/chunk.64-99999999")]
    [TestCase("lane-0/chunk.new")]
    [TestCase("lane-0/chunk.64-0064")]
    [TestCase("lane-0/chunk.x-y")]
    public async Task Chunk_ThatCannotBeOne_IsDeletedAtTheOpening(string name)
    {
        var (files, expected) = await StoreAsync(events: 40, chunkLogBytes: 1 << 20);
        files.Open(name, create: true).Dispose();
        await ExpectAsync(files, expected, name);
        Assert.That(files.List(), Has.No.Member(name));
    }

    [Test]
    public async Task Chunks_ThatOverlap_CountOnce()
    {
        var (files, expected) = await StoreAsync(events: 3000, chunkLogBytes: 16 << 10);
        var before = ChunkFixture.Chunks(files).ToDictionary(name => name, name => files[name]);
        await using (var database = await ChunkFixture.OpenAsync(files, 1 << 20))
        {
            var chunks = database.Store.Chunks;
            var middle = chunks[0].All[1].Range with { Until = chunks[0].All[3].Range.Until };
            chunks.Make(middle, () => { });
            Assert.That(chunks[0].All.Length, Is.EqualTo(before.Count - 2), "one has taken the place of three");
            Assert.That(ChunkFixture.Answers(database), Is.EqualTo(expected));
        }

        // As after a power cut that came before the three were deleted.
        foreach (var (name, bytes) in before)
        {
            files.Open(name, create: true).Dispose();
            files[name] = bytes;
        }

        await ExpectAsync(files, expected, "a chunk over others");
    }

    [Test]
    public async Task Forget_OfAProfile_DropsTheChunksThatHoldIt()
    {
        var (files, expected) = await StoreAsync(events: 3000, chunkLogBytes: 16 << 10);
        await using var database = await ChunkFixture.OpenAsync(files, 16 << 10);
        var chunks = database.Store.Chunks;
        var before = chunks[0].All.Length;
        chunks.Forget(0, ordinal => ordinal == int.MaxValue);
        Assert.That(chunks[0].All.Length, Is.EqualTo(before), "nobody's chunks are gone");
        chunks.Forget(0, chunks[0].All[0].Range is var range ? new(range.From) : default, new(range.Until));
        Assert.That(chunks[0].All.Length, Is.EqualTo(before - 1), "one stretch of the log was rewritten");
        chunks.Forget(0, ordinal => ordinal == 0);
        Assert.That(chunks[0].All.Length, Is.LessThan(before - 1), "somebody's chunks are kept");
        Assert.That(ChunkFixture.Answers(database), Is.EqualTo(expected));
    }

    private static async Task<(SimulatedFiles Files, string Answers)> StoreAsync(int events, long chunkLogBytes, int seed = 7)
    {
        var files = new SimulatedFiles(seed: 5);
        await using var database = await ChunkFixture.OpenAsync(files, chunkLogBytes);
        await ChunkFixture.WriteAsync(database, events, profiles: 20, seed);
        var expected = ChunkFixture.Answers(database);
        database.Store.Chunks.Maker.MakeAll(1);
        Assert.That(ChunkFixture.Answers(database), Is.EqualTo(expected), "with chunks as without");
        return (files, expected);
    }

    private static async Task ExpectAsync(SimulatedFiles files, string expected, string what)
    {
        await using var database = await ChunkFixture.OpenAsync(files, 1 << 20);
        Assert.That(ChunkFixture.Answers(database), Is.EqualTo(expected), what);
    }
}
