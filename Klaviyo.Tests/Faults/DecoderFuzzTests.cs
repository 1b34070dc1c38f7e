using CsCheck;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// Decoders behind their checksums: content that is wrong although its checksum is right, as a bug or a hand writes it. Only
/// typed exceptions, no hang, and no more memory than a store of its size may take.
/// </summary>
[NonParallelizable] // What the process allocates is measured.
public sealed class DecoderFuzzTests
{
    private const long BytesMax = 64 << 20;
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    private static readonly Gen<(int Record, int At, byte Byte, int Kind)> Damages =
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 500], Gen.Byte, Gen.Int[0, 3]);

    private List<(byte Kind, byte[] Payload)> _records = [];

    [SetUp]
    public async Task Create()
    {
        var disk = new SimulatedFiles(0);
        await new ScriptedLife(2).LiveAsync(disk, turns: 10);
        using var log = Open(disk);
        _records = [];
        foreach (var record in log.Lanes[0].Scan(log.Lanes[0].Begin, log.Lanes[0].Tail))
        {
            _records.Add((record.Kind, record.Payload.ToArray()));
        }

        Assert.That(_records, Has.Count.GreaterThan(30));
    }

    [Test]
    public void Record_WithARightChecksumAroundWrongBytes_IsATypedException()
    {
        Gen.Select(Damages.Array[1, 3], Gen.Bool).Sample(
            (damages, alsoKind) => IsTamedAsync(damages, alsoKind).GetAwaiter().GetResult(), iter: Rounds.Of(600), threads: 1);
    }

    [Test]
    public void Superblock_WithARightChecksumAroundWrongNumbers_IsATypedException()
    {
        long[] edges = [0, -1, 1, 63, 64, 65, 4096, 1 << 16, 1L << 40, 1L << 62, long.MaxValue, long.MinValue];
        var numbers = Gen.OneOf(Gen.Int[0, edges.Length - 1].Select(i => edges[i]), Gen.Long);
        Gen.Select(numbers, numbers, numbers, numbers).Sample(
            (begin, until, last, generation) => IsSuperblockTamedAsync(begin, until, last, generation).GetAwaiter().GetResult(),
            iter: Rounds.Of(600),
            threads: 1);
    }

    /// <summary>
    /// A checkpoint is disposable whatever stands in it: what cannot be restored is passed over. What can be restored and is
    /// another state is for verification to tell.
    /// </summary>
    [Test]
    public async Task Checkpoint_WithARightChecksumAroundWrongBytes_OpensAllTheSame()
    {
        var (disk, life) = (new SimulatedFiles(0), new ScriptedLife(2));
        await life.LiveAsync(disk, turns: 10);
        var name = disk.List().Last(n => n.StartsWith("checkpoint-", StringComparison.Ordinal));
        var frames = CheckpointBytes.Frames(disk[name], lanes: 1);
        Gen.Select(Gen.Int[0, frames.Count - 1], Gen.Int[0, 5000], Gen.Byte).Sample(
            (frame, at, value) =>
            {
                var damaged = disk.Clone();
                CheckpointBytes.Change(damaged[name], lanes: 1, frames[frame], at, value);
                if (UseAsync(damaged.Clone()).WaitAsync(Watchdog).GetAwaiter().GetResult() is null)
                {
                    Assert.That(life.CheckAsync(damaged).WaitAsync(Watchdog).GetAwaiter().GetResult(), Is.Null);
                }
            },
            iter: Rounds.Of(300),
            threads: 1);
    }

    [Test]
    public async Task Checkpoint_NewestMakesNoSense_TheOneBeforeIsTaken()
    {
        var disk = new SimulatedFiles(0);
        await using (var database = await DatabaseFixture.OpenAsync(disk, new JumpingClock(DatabaseFixture.Start)))
        {
            for (var i = 0; i < 2; i++)
            {
                await database.TrackAsync("external_id:1", "M");
                await database.CheckpointAsync();
            }
        }

        var names = disk.List().Where(n => n.StartsWith("checkpoint-", StringComparison.Ordinal)).ToList();
        var newest = disk[names[^1]];
        CheckpointBytes.Change(newest, lanes: 1, CheckpointBytes.Frames(newest, lanes: 1)[0], at: 0, value: 5);
        await using (var database = await DatabaseFixture.OpenAsync(disk, new JumpingClock(DatabaseFixture.Start)))
        {
            Assert.That(names, Has.Count.EqualTo(2));
            Assert.That(database.Store.Recovery, Is.EqualTo(new RecoveryReport(FromCheckpoint: true, RecordsReplayed: 1)));
            Assert.That(database.Stats().Events, Is.EqualTo(2));
            Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        }
    }

    private static EventLog Open(IStorageFiles disk) => EventLog.Open(LogFixtureOptions(disk));

    private static EventLogOptions LogFixtureOptions(IStorageFiles disk) => Storage.Log.LogFixture.Options(disk);

    private static async Task<bool> IsTamedAsync(Func<IStorageFiles> make)
    {
        var before = GC.GetTotalAllocatedBytes();
        try
        {
            await UseAsync(make()).WaitAsync(Watchdog);
        }
        catch (Exception e) when (e is StoreCorruptedException or StorePoisonedException or IOException)
        {
            // What was promised.
        }

        var bytes = GC.GetTotalAllocatedBytes() - before;
        return bytes < BytesMax ? true : throw new InvalidOperationException($"{bytes} bytes were allocated");
    }

    private static async Task<string?> UseAsync(IStorageFiles disk)
    {
        await using var database = await DatabaseFixture.OpenAsync(disk, new JumpingClock(DatabaseFixture.Start));
        foreach (var profile in database.Profiles().ToList())
        {
            database.Events($"id:{profile.Id}");
            database.Profile($"id:{profile.Id}");
        }

        return (await database.VerifyAsync()).Problem;
    }

    private static byte[] Damaged(byte[] payload, int at, byte value, int kind)
    {
        if (payload.Length == 0)
        {
            return [value];
        }

        at %= payload.Length;
        return kind switch
        {
            0 => [.. payload[..at], value, .. payload[(at + 1)..]],
            1 => [.. payload[..at], .. payload[(at + 1)..]],
            2 => [.. payload[..at], value, .. payload[at..]],
            _ => payload[..at],
        };
    }

    private Task<bool> IsTamedAsync((int Record, int At, byte Byte, int Kind)[] damages, bool alsoKind)
    {
        var records = _records.ToList();
        foreach (var (record, at, value, kind) in damages)
        {
            var (which, payload) = records[record % records.Count];
            records[record % records.Count] = (alsoKind ? (byte)(value % 24) : which, Damaged(payload, at, value, kind));
        }

        return IsTamedAsync(() => StoreOf(records));
    }

    private static SimulatedFiles StoreOf(List<(byte Kind, byte[] Payload)> records)
    {
        var disk = new SimulatedFiles(0);
        using var log = Open(disk);
        foreach (var (kind, payload) in records)
        {
            log.Lanes[0].Append(kind, payload);
        }

        log.CommitAsync(log.Cut()).GetAwaiter().GetResult();
        return disk;
    }

    private Task<bool> IsSuperblockTamedAsync(long begin, long until, long last, long generation)
    {
        return IsTamedAsync(() =>
        {
            var disk = StoreOf(_records);
            var cut = new LogCut([new LaneCut(new LogAddress(begin), new LogAddress(until), last)]);
            var copy = new SuperblockCopy(Storage.Log.LogFixture.StoreId, generation, cut);
            for (var at = 0; at < disk[Superblock.FileName].Length; at += Superblock.CopyBytes)
            {
                copy.Write(disk[Superblock.FileName].AsSpan(at));
            }

            return disk;
        });
    }
}
