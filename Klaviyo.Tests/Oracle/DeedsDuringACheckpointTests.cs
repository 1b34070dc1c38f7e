using CsCheck;
using Klaviyo.Storage.Checkpoints;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// A checkpoint is taken in steps: profiles are older than the rest, and the rest is as of its cut, whenever it is written. Writes,
// erasures, merges, splits, segments come between any two of its writes; then the power goes, and what is opened from it must be
// what the oracle says, and what the log gives.
public sealed class DeedsDuringACheckpointTests
{
    private enum Deed
    {
        Write,
        Erase,
        Merge,
        Split,
        AddStrangers,
        Suppress,
        Segment,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes, int Pause)> Deeds = Gen.Select(
        Gen.Frequency(
            (12, Gen.Const(Deed.Write)),
            (4, Gen.Const(Deed.Erase)),
            (2, Gen.Const(Deed.Merge)),
            (2, Gen.Const(Deed.Split)),
            (3, Gen.Const(Deed.AddStrangers)),
            (2, Gen.Const(Deed.Suppress)),
            (3, Gen.Const(Deed.Segment))),
        RandomWrites.Write.Array[1, 3],
        Gen.Int[0, 8]);

    [TestCase(1, null)]
    [TestCase(3, null)]
    [TestCase(1, 1000)]
    [TestCase(3, 1000)]
    public void WhatIsOpenedFromIt_IsTheOracles(int lanes, int? indexBytes)
    {
        Gen.Select(Deeds.Array[1, 30], Deeds.Array[1, 40], Gen.Bool, Gen.Bool).Sample(
            (before, during, isLate, losesNewest) => RunAsync(lanes, indexBytes, before, during, isLate, losesNewest).GetAwaiter().GetResult(),
            iter: 120,
            threads: 1);
    }

    private static async Task RunAsync(
        int lanes, int? indexBytes, (Deed, CustomerWrite[], int)[] before, (Deed, CustomerWrite[], int)[] during, bool isLate, bool losesNewest)
    {
        var clock = new FakeTimeProvider(RandomWrites.Now.ToDateTimeOffset());
        var disk = new SimulatedFiles(seed: 5);
        var files = new InterruptedFiles(disk, CheckpointFile.TemporaryName);
        var world = new World(await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes));
        foreach (var deed in before)
        {
            world.Do(deed);
        }

        await world.Database.CheckpointAsync();
        var (next, writes) = (0, 0);
        files.BeforeWrite = () =>
        {
            // Nobody ever waits for the disk of a checkpoint.
            Assert.That(world.Database.Store.Lanes.Any(l => l.Gate.IsHeldByCurrentThread), Is.False);
            while (next < during.Length && (isLate ? files.IsBehindCut : writes >= during[next].Item3 * 4))
            {
                (writes, next) = (0, next + 1);
                world.Do(during[next - 1]);
                if (isLate)
                {
                    break;
                }
            }

            writes++;
        };
        await world.Database.CheckpointAsync();
        files.BeforeWrite = () => { };
        world.Database.Store.Dispose();
        disk = disk.AfterPowerCut();
        if (losesNewest)
        {
            disk.Delete(CheckpointFile.Names(disk)[0]);
        }

        var database = await DatabaseFixture.OpenAsync(disk, clock, lanes, indexBytes);
        Assert.That(database.OpenedFromCheckpoint, Is.True);
        DatabaseAgainstOracleTests.Compare(database, world.Oracle, world.Strangers);
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        Assert.That(world.Ghosts, Is.All.Matches<Identifier>(g => !database.Apply(new ProfileWrite { Profile = [g] }).Accepted));
        await database.DisposeAsync();
    }

    private sealed class World(CustomerDatabase database)
    {
        private int _ticks;

        internal CustomerDatabase Database => database;

        internal NaiveStore Oracle { get; } = new();

        // Profiles that nobody asks for, so that the others stand in several steps.
        internal int Strangers { get; private set; }

        internal List<Identifier> Ghosts { get; } = [];

        internal void Do((Deed Deed, CustomerWrite[] Writes, int Pause) next)
        {
            var (first, last) = (next.Writes[0].Profile[0], next.Writes[^1].Profile[^1]);
            switch (next.Deed)
            {
                case Deed.Write:
                    var write = next.Writes[0] with { Time = (next.Writes[0].Time ?? RandomWrites.Now).PlusMs(++_ticks) };
                    Assert.That(database.Apply(write).Accepted, Is.True);
                    Oracle.Apply(write, RandomWrites.Now);
                    break;
                case Deed.Erase:
                    Assert.That(database.Store.Erase(first, suppress: false) is not null, Is.EqualTo(Oracle.Erase(first, suppress: false)));
                    break;
                case Deed.Merge:
                    Assert.That(database.Store.Merge(first, last).Accepted, Is.EqualTo(Oracle.MergeOf(first, last)));
                    break;
                case Deed.Split:
                    Assert.That(database.Store.Split(first).Accepted, Is.EqualTo(Oracle.Split(first)));
                    break;
                case Deed.Suppress:
                    var ghost = Identifier.ExternalId($"ghost {Ghosts.Count}");
                    var seen = new ProfileWrite { Profile = [ghost], Time = RandomWrites.Now.PlusMs(++_ticks) };
                    Assert.That(database.Apply(seen).Accepted, Is.True);
                    Oracle.Apply(seen, RandomWrites.Now);
                    Assert.That(database.Store.Erase(ghost, suppress: true) is not null, Is.EqualTo(Oracle.Erase(ghost, suppress: true)));
                    Ghosts.Add(ghost);
                    break;
                case Deed.Segment:
                    ChangeSegment(next.Pause);
                    break;
                default:
                    for (var i = 0; i < 70; i++)
                    {
                        database.Apply(new ProfileWrite { Profile = [Identifier.ExternalId($"stranger {++Strangers}")] });
                    }

                    break;
            }
        }

        private void ChangeSegment(int number)
        {
            var name = $"s{number % 3}";
            var kept = number % 4 == 3 && database.Segments.Contains(name)
                ? database.RemoveSegmentAsync(name).AsTask()
                : database.DefineSegmentAsync(name, new SegmentDefinition(When.Did(RandomWrites.Metrics[0]).InTheLast(number + 1, TimeUnit.Day))).AsTask();
            kept.GetAwaiter().GetResult();
            if (number % 2 == 0)
            {
                database.RunSegmentsAsync().AsTask().GetAwaiter().GetResult();
            }
        }
    }
}
