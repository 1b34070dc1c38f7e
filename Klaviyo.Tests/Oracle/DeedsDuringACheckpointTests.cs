using CsCheck;
using Klaviyo.Storage.Checkpoints;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// A checkpoint takes profiles in steps, so some of it is older than the rest. Writes, erasures, merges and splits happen
// between any two of its writes; then the power goes, and what is opened from it must be what the oracle says.
public sealed class DeedsDuringACheckpointTests
{
    private enum Deed
    {
        Write,
        Erase,
        Merge,
        Split,
        AddStrangers,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes, int Pause)> Deeds = Gen.Select(
        Gen.Frequency(
            (12, Gen.Const(Deed.Write)),
            (4, Gen.Const(Deed.Erase)),
            (2, Gen.Const(Deed.Merge)),
            (2, Gen.Const(Deed.Split)),
            (3, Gen.Const(Deed.AddStrangers))),
        RandomWrites.Write.Array[1, 3],
        Gen.Int[0, 8]);

    [TestCase(1, null)]
    [TestCase(3, null)]
    [TestCase(1, 1000)]
    [TestCase(3, 1000)]
    public void WhatIsOpenedFromIt_IsTheOracles(int lanes, int? indexBytes)
    {
        Gen.Select(Deeds.Array[1, 30], Deeds.Array[1, 40], Gen.Bool).Sample(
            (before, during, losesNewest) => RunAsync(lanes, indexBytes, before, during, losesNewest).GetAwaiter().GetResult(),
            iter: 120,
            threads: 1);
    }

    private static async Task RunAsync(
        int lanes, int? indexBytes, (Deed, CustomerWrite[], int)[] before, (Deed, CustomerWrite[], int)[] during, bool losesNewest)
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
            // Not while the checkpoint holds the gates: nobody else could come in there either.
            while (!world.Database.Store.Lanes[0].Gate.IsHeldByCurrentThread && next < during.Length && writes >= during[next].Item3 * 4)
            {
                (writes, next) = (0, next + 1);
                world.Do(during[next - 1]);
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
        await database.DisposeAsync();
    }

    private sealed class World(CustomerDatabase database)
    {
        private int _ticks;

        internal CustomerDatabase Database => database;

        internal NaiveStore Oracle { get; } = new();

        // Profiles that nobody asks for, so that the others stand in several steps.
        internal int Strangers { get; private set; }

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
                default:
                    for (var i = 0; i < 70; i++)
                    {
                        database.Apply(new ProfileWrite { Profile = [Identifier.ExternalId($"stranger {++Strangers}")] });
                    }

                    break;
            }
        }
    }
}
