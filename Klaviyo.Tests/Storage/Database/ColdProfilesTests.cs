using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Storage.Database;

public sealed class ColdProfilesTests
{
    private const int People = 200;

    // Checkpoints are taken in steps beside the writers, while profiles go cold under them; whatever the moment of the crash,
    // what was acknowledged is there and the derived state is what the log gives.
    [Test]
    public async Task Checkpoint_BesideWriters_HoldsAllOfEachProfile([Values(1, 2, 3)] int seed, [Values(1, 3)] int lanes)
    {
        var files = new SimulatedFiles(seed);
        var options = new CustomerDatabaseOptions
        {
            Files = files,
            Lanes = lanes,
            LogPageBytes = 64 << 10,
            LogSegmentBytes = 1 << 20,
            IndexBytesMax = 200_000,
            ColdFileBytes = 16_384,
        };
        var database = await CustomerDatabase.OpenAsync("simulated", options);
        const int Writers = 4;
        const int Batches = 60;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(database, w, Batches)))
            .Append(Task.Run(() => CheckpointAsync(database))));
        files = files.AfterPowerCut();
        database.Store.Dispose();

        await using var reopened = await CustomerDatabase.OpenAsync("simulated", options with { Files = files });
        var report = await reopened.VerifyAsync();
        Assert.That(report.Problem, Is.Null);
        Assert.That(reopened.Stats().Events, Is.EqualTo(Writers * Batches * 20));
        for (var person = 0; person < 50; person++)
        {
            var count = reopened.Aggregate($"external_id:{person}", new AggregateQuery { Metric = "M" }, Instant.MaxValue).Number;
            Assert.That(count, Is.EqualTo(Expected(person, Writers, Batches)), $"person {person}");
        }
    }

    // Numbers of cold files come again when a life ends before its checkpoint: what an older one names may then be another file,
    // whose records are whole and of the same profiles.
    [Test]
    public async Task ColdFile_OfAnotherLife_IsNotTakenForTheOneThatACheckpointNames()
    {
        var files = new SimulatedFiles(1);
        await AboutAllAsync(files, 'a');
        var other = files.Clone();
        await AboutAllAsync(files, 'x');
        await AboutAllAsync(other, 'y');
        var name = files.List().Last(n => n.Contains("/cold.", StringComparison.Ordinal));
        Assert.That(files[name], Has.Length.EqualTo(other[name].Length).And.Not.EqualTo(other[name]));
        files[name] = other[name];

        await using var reopened = await OpenAsync(files);

        foreach (var person in Enumerable.Range(0, People))
        {
            Assert.That(reopened.Profile($"external_id:{person}")!.Properties["about"].AsString()[0], Is.EqualTo('x'), $"{person}");
        }

        Assert.That((await reopened.VerifyAsync()).Problem, Is.Null);
    }

    // The folder of a lane is made with the first file in it.
    [Test]
    public async Task Checkpoint_WhileALaneIsEmpty_Succeeds()
    {
        using var folder = new StoreFolder();
        var options = new CustomerDatabaseOptions { Lanes = 4, IndexBytesMax = 1 };
        await using (var database = await CustomerDatabase.OpenAsync(folder.Path, options))
        {
            await database.TrackAsync("external_id:a", "M", 1);
            await database.CheckpointAsync();
            Assert.That(Directory.GetFiles(folder.Path, "cold.*", SearchOption.AllDirectories), Is.Not.Empty);
            await database.EraseAsync("external_id:a");
            await database.TrackAsync("external_id:b", "M", 1);
            await database.CheckpointAsync();
            Assert.That((await database.CompactAsync()).Profiles, Is.EqualTo(1));
            Assert.That(Directory.GetDirectories(folder.Path, "lane-*"), Has.Length.LessThan(options.Lanes));
        }

        await using var reopened = await CustomerDatabase.OpenAsync(folder.Path, options);
        Assert.That((await reopened.VerifyAsync()).Problem, Is.Null);
    }

    private static ValueTask<CustomerDatabase> OpenAsync(SimulatedFiles files) =>
        CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions { Files = files, IndexBytesMax = 100_000 });

    private static async Task AboutAllAsync(SimulatedFiles files, char about)
    {
        await using var database = await OpenAsync(files);
        await AboutAllAsync(database, about);
    }

    private static async Task AboutAllAsync(CustomerDatabase database, char about)
    {
        await database.WriteAsync(Enumerable.Range(0, People).Select(person => (CustomerWrite)new ProfileWrite
        {
            Profile = [Identifier.ExternalId($"{person}")],
            Properties = new() { ["about"] = new string(about, 2400) },
        }).ToList());
    }

    // The second index is nobody's but the verification's: a disk that has no room for it is no reason to refuse writes. Nor is one that
    // has no room for what the first moves out meanwhile.
    [TestCase("lane-0/verify.", FileCall.Write)]
    [TestCase("lane-0/verify.", FileCall.Create)]
    [TestCase("lane-0/cold.", FileCall.Write)]
    public async Task Verify_WithoutRoomOnTheDisk_Ends_AndTheStoreGoesOn(string name, FileCall call)
    {
        var (disk, plan) = (new SimulatedFiles(1), new FaultPlan(call, name, 1, ForEver: true, FaultKind.Full) { IsIdle = true });
        var options = new CustomerDatabaseOptions { Files = new FaultyFiles(disk, plan), IndexBytesMax = 800_000, ColdFileBytes = 16_384 };
        await using (var database = await CustomerDatabase.OpenAsync("simulated", options))
        {
            await AboutAllAsync(database, 'a');
            plan.IsIdle = false;
            Assert.That(() => database.VerifyAsync(), Throws.InstanceOf<IOException>().With.Message.Contains("verif"));
            Assert.That(plan.HasStruck, Is.True);
            Assert.That(disk.List(), Has.None.Contains("verify"));
            plan.IsIdle = true;
            await database.TrackAsync("external_id:1", "Placed Order", 1);
            Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        }

        await using var reopened = await OpenAsync(disk);
        Assert.That(reopened.Stats().Events, Is.EqualTo(1));
        Assert.That((await reopened.VerifyAsync()).Problem, Is.Null);
    }

    // A second index is made from the log: together they take no more than the first may alone.
    [Test]
    public async Task Verify_MakesRoomForTheIndexThatItMakes()
    {
        const int Room = 24 << 20;
        var options = new CustomerDatabaseOptions { Files = new SimulatedFiles(1), IndexBytesMax = Room };
        await using var database = await CustomerDatabase.OpenAsync("simulated", options);
        for (var batch = 0; batch < 20; batch++)
        {
            await database.WriteAsync(Enumerable.Range(batch * 1000, 1000).Select(person => (CustomerWrite)new ProfileWrite
            {
                Profile = [Identifier.ExternalId($"{person}")],
                Properties = new() { ["about"] = new string('x', 2400) },
            }).ToList());
        }

        var profiles = database.Store.Lanes[0].State.Profiles;
        var before = profiles.Bytes;

        var report = await database.VerifyAsync();

        Assert.That(report.Problem, Is.Null);
        Assert.That(before, Is.GreaterThan(Room * 3 / 4), "there is more than fits");
        Assert.That(profiles.Bytes, Is.LessThan(before - (Room / 3)));
    }

    private static async Task WriteAsync(CustomerDatabase database, int writer, int batches)
    {
        for (var batch = 0; batch < batches; batch++)
        {
            await database.WriteAsync(Batch(writer, batch));
        }
    }

    private static async Task CheckpointAsync(CustomerDatabase database)
    {
        for (var i = 0; i < 12; i++)
        {
            await database.CheckpointAsync();
        }
    }

    private static List<CustomerWrite> Batch(int writer, int batch)
    {
        return [.. Enumerable.Range(0, 20).Select(i => new CustomerEvent
        {
            Profile = [Identifier.ExternalId($"{PersonOf(writer, batch, i)}")],
            Metric = "M",
            UniqueId = $"{writer}-{batch}-{i}",
            Value = i,
            Properties = new() { ["text"] = new string('x', 40) },
            ProfileProperties = new() { [$"p{i % 3}"] = batch },
        })];
    }

    private static int PersonOf(int writer, int batch, int i) => ((writer * 7919) + (batch * 104_729) + (i * 31)) % 700;

    private static int Expected(int person, int writers, int batches)
    {
        return Enumerable.Range(0, writers).Sum(w => Enumerable.Range(0, batches)
            .Sum(b => Enumerable.Range(0, 20).Count(i => PersonOf(w, b, i) == person)));
    }
}
