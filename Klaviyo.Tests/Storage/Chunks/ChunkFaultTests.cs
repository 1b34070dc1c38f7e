using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Chunks;

// A chunk that cannot be written never fails a write and never poisons the store; it is made later. A power cut at any
// step of its making leaves at most a file that the next opening removes.
public sealed class ChunkFaultTests
{
    private const long ChunkLogBytes = 16 << 10;

    [TestCase(FileCall.Create)]
    [TestCase(FileCall.SetLength)]
    [TestCase(FileCall.Write)]
    [TestCase(FileCall.Sync)]
    [TestCase(FileCall.Rename)]
    public async Task Making_DiskFails_IsShownAndTriedAgain(FileCall call)
    {
        var files = new SimulatedFiles(seed: 1);
        var plan = new FaultPlan(call, "lane-0/chunk.new", Nth: 1);
        await using var database = await ChunkFixture.OpenAsync(new FaultyFiles(files, plan), ChunkLogBytes);
        await ChunkFixture.WriteAsync(database, 500, profiles: 20);
        Assert.That(plan.HasStruck, Is.True);
        Assert.That(database.Stats().ChunkFault, Does.Contain(call.ToString()));
        var answers = ChunkFixture.Answers(database);

        await ChunkFixture.WriteAsync(database, 500, profiles: 1, seed: 8);
        Assert.That(database.Stats().ChunkFault, Is.Null, "it was tried again");
        Assert.That(database.Store.Chunks[0].All.IsEmpty, Is.False);
        Assert.That(answers, Is.Not.Empty);
    }

    [Test]
    public async Task Making_WritersRest_CoversWhatThereIs_InFewChunks()
    {
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        await using var database = await ChunkFixture.OpenAsync(new SimulatedFiles(1), 64 << 10, clock);
        for (var i = 0; i < 12; i++)
        {
            await ChunkFixture.WriteAsync(database, 40, profiles: 20, seed: i);
            clock.Advance(TimeSpan.FromSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        var chunks = database.Store.Chunks[0].All.ToArray();
        Assert.That(chunks[^1].Range.Until, Is.EqualTo(database.Store.Log.Lanes[0].Tail.Value));
        Assert.That(chunks, Has.Length.LessThan(6), "small ones are taken in");
    }

    [Test]
    public async Task Making_FullDiskForEver_ChangesNoAnswer()
    {
        var (disk, plan) = (new SimulatedFiles(1), new FaultPlan(FileCall.Write, "lane-0/chunk.new", Nth: 1, ForEver: true));
        await using var full = await ChunkFixture.OpenAsync(new FaultyFiles(disk, plan), ChunkLogBytes);
        await using var other = await ChunkFixture.OpenAsync(new SimulatedFiles(1), ChunkLogBytes);
        await ChunkFixture.WriteAsync(full, 2000, profiles: 20);
        await ChunkFixture.WriteAsync(other, 2000, profiles: 20);
        Assert.That(ChunkFixture.Answers(full), Is.EqualTo(ChunkFixture.Answers(other)));
        Assert.That(full.Store.Chunks[0].All.IsEmpty && !other.Store.Chunks[0].All.IsEmpty, Is.True);
        Assert.That(disk.Exists("lane-0/chunk.new"), Is.False, "what was written of it takes no room");
    }

    [TestCase(FileCall.Read)]
    [TestCase(FileCall.Length)]
    [TestCase(FileCall.Open)]
    public async Task Reading_DiskFails_TheLogAnswers(FileCall call)
    {
        var files = new SimulatedFiles(seed: 1);
        string expected;
        await using (var database = await ChunkFixture.OpenAsync(files, ChunkLogBytes))
        {
            await ChunkFixture.WriteAsync(database, 1000, profiles: 20);
            expected = ChunkFixture.Answers(database);
        }

        for (var nth = 1; nth < 30; nth += 3)
        {
            var plan = new FaultPlan(call, "lane-0/chunk.", nth);
            await using var database = await ChunkFixture.OpenAsync(new FaultyFiles(files.Clone(), plan), ChunkLogBytes);
            Assert.That(ChunkFixture.Answers(database), Is.EqualTo(expected), $"{call} {nth}");
        }
    }

    // A chunk that stays would bring the erased events back at the next opening.
    [Test]
    public async Task Compact_ChunkCannotBeDeleted_SaysSo_AndTheNextOneDeletesIt()
    {
        var disk = new SimulatedFiles(seed: 1);
        var files = new MeddlingFiles(disk);
        await using var database = await ChunkFixture.OpenAsync(files, ChunkLogBytes);
        await ChunkFixture.WriteAsync(database, 1000, profiles: 20);
        await database.EraseAsync("external_id:7");
        var before = ChunkFixture.Chunks(disk);
        files.KeepsChunks = true;
        Assert.That(async () => await database.CompactAsync(), Throws.InstanceOf<IOException>());
        Assert.That(ChunkFixture.Chunks(disk).Intersect(before), Is.EqualTo(before));

        files.KeepsChunks = false;
        await database.CompactAsync();
        Assert.That(ChunkFixture.Chunks(disk).Intersect(before), Is.Empty, "every chunk held an event of the erased");
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }

    // A chunk that was deleted because a larger one had taken its place was taken for a damaged one.
    [Test]
    public async Task Verify_ChunkIsReplacedMeanwhile_IsWell()
    {
        var files = new MeddlingFiles(new SimulatedFiles(seed: 1));
        await using var database = await ChunkFixture.OpenAsync(files, ChunkLogBytes);
        await ChunkFixture.WriteAsync(database, 1000, profiles: 20);
        var chunks = database.Store.Chunks;
        var first = chunks[0].All[0].Range;
        var other = first with { Until = SomeRecordIn(database, first) };
        files.BeforeOpening(first.Name, () => chunks.Make(other, () => { }));
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        Assert.That(chunks[0].All[0].Range, Is.EqualTo(other));
    }

    [Test]
    public async Task Making_PowerCutAtAnyStep_LeavesNothingThatCounts()
    {
        for (var step = 1; step < 40; step++)
        {
            var files = new SimulatedFiles(step);
            var database = await ChunkFixture.OpenAsync(files, long.MaxValue / 2);
            await ChunkFixture.WriteAsync(database, 1000, profiles: 20);
            var expected = ChunkFixture.Answers(database);
            database.Store.Dispose();

            // Chunks are what the second life makes, and all that it writes.
            var second = await ChunkFixture.OpenAsync(files, ChunkLogBytes);
            files.CutAtStep = files.Steps + step;
            second.Store.Chunks.Maker.MakeAll(1);
            var after = files.AfterPowerCut();
            second.Store.Dispose();
            await using var third = await ChunkFixture.OpenAsync(after, ChunkLogBytes);
            Assert.That(ChunkFixture.Answers(third), Is.EqualTo(expected), $"step {step}");
            Assert.That(after.List(), Has.No.Member("lane-0/chunk.new"));
        }
    }

    private static long SomeRecordIn(CustomerDatabase database, ChunkRange range)
    {
        using var scan = database.Store.Log.Lanes[0].Scan(new LogAddress(range.From), new LogAddress(range.Until));
        scan.MoveNext();
        scan.MoveNext();
        return scan.Next.Value;
    }

    private sealed class MeddlingFiles(SimulatedFiles files) : IStorageFiles
    {
        private string? _name;
        private Action _replace = () => { };

        public string Path => files.Path;

        internal bool KeepsChunks { get; set; }

        internal void BeforeOpening(string name, Action replace) => (_name, _replace) = (name, replace);

        public IStorageFile Open(string name, bool create = false)
        {
            if (name == _name)
            {
                _name = null;
                _replace();
            }

            return files.Open(name, create);
        }

        public bool Exists(string name) => files.Exists(name);

        public IReadOnlyList<string> List() => files.List();

        public void Delete(string name)
        {
            if (KeepsChunks && name.Contains("/chunk.", StringComparison.Ordinal))
            {
                throw new IOException("It stays.");
            }

            files.Delete(name);
        }

        public void Rename(string from, string to) => files.Rename(from, to);

        public void SyncDirectory(string folder) => files.SyncDirectory(folder);

        public IDisposable? TryLock(string name) => files.TryLock(name);
    }
}
