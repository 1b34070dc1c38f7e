using System.Text;
using Klaviyo.Channels;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Flows;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Erasing;

// Every byte of an erased profile goes out of every file. Method: all that Ada ever sent has a mark in it; after compacting,
// the mark is looked for in every byte of every file of a simulated disk, whatever crash came in between.
public sealed class CompactTests
{
    private const int LittleMemory = 1000;
    private static readonly FakeTimeProvider Clock = new(DatabaseFixture.Start.ToDateTimeOffset());

    [TestCase(1, null)]
    [TestCase(3, null)]
    [TestCase(1, LittleMemory)]
    [TestCase(3, LittleMemory)]
    public async Task Compact_AfterAnErasure_LeavesNoByteOfIt(int lanes, int? indexBytes)
    {
        var files = await StoreAsync(lanes, indexBytes, rounds: 60);
        var database = await OpenAsync(files, lanes, indexBytes);
        var hash = BitConverter.GetBytes(database.Store.State.Identifiers.EntryOf("email:mark@example.com").High);
        await database.EraseAsync("email:mark@example.com");
        Assert.That(Marked(files), Is.Not.Empty);
        Assert.That(WithHash(files, hash).Any(n => n.StartsWith("identifiers.", StringComparison.Ordinal)), Is.EqualTo(indexBytes is not null));

        var done = await database.CompactAsync();
        Assert.That(WithHash(files, hash), Is.Empty);
        Assert.That((done.Profiles, done.Records > 100), Is.EqualTo((3, true)));
        Assert.That(Marked(files), Is.Empty);
        await ExpectBobAsync(database, rounds: 60);

        await database.TrackAsync("email:bob@example.com", "Placed Order", 1);
        await database.DisposeAsync();
        Assert.That(Marked(files), Is.Empty, "FASTER writes nothing of it again");
        Assert.That(WithHash(files, hash), Is.Empty);
        await ExpectSameFromTheLogAsync(files, lanes, indexBytes, rounds: 61);
    }

    // A process that is killed while it verifies, takes a checkpoint or makes a chunk leaves such a file; one that the store could not
    // delete is there while it is open.
    [TestCase("lane-0/verify.1", false)]
    [TestCase("lane-0/verify.1", true)]
    [TestCase("lane-0/chunk.new", false)]
    [TestCase("lane-0/chunk.new", true)]
    [TestCase("checkpoint.new", false)]
    [TestCase("checkpoint.new", true)]
    [TestCase("identifiers.99", false)]
    [TestCase("identifiers.99", true)]
    [TestCase("verify-identifiers.1", false)]
    [TestCase("verify-identifiers.1", true)]
    public async Task Compact_TakesAwayWhatAKilledProcessLeft(string left, bool whileOpen)
    {
        var files = await StoreAsync(1, null, rounds: 4);
        if (!whileOpen)
        {
            Leave(files, left);
        }

        var database = await OpenAsync(files, 1, null);
        if (whileOpen)
        {
            Leave(files, left);
        }
        else
        {
            Assert.That(files.Exists(left), Is.False, "the opening has no use for it");
        }

        await database.EraseAsync("email:mark@example.com");
        await database.CompactAsync();
        Assert.That(Marked(files), Is.Empty);
        await database.DisposeAsync();
        Assert.That(Marked(files.AfterPowerCut()), Is.Empty);
    }

    // Names are given by number; a copy that somebody made beside them is nobody's.
    [TestCase("checkpoint-0000000001.bak")]
    [TestCase("checkpoint-9")]
    [TestCase("checkpoint-99999999999")]
    public async Task Compact_BesideAFileWithTheNameOfACheckpointAndMore_LeavesNoByteOfIt(string stray)
    {
        var files = await StoreAsync(1, null, rounds: 60);
        using (files.Open(stray, create: true))
        {
            // Empty.
        }

        await using (var database = await OpenAsync(files, 1, null))
        {
            await database.EraseAsync("email:mark@example.com");
            await database.CompactAsync();
            Assert.That(Marked(files), Is.Empty);
            Assert.That(files.Exists(stray), Is.True);
        }

        await using var reopened = await OpenAsync(files, 1, null);
        Assert.That(reopened.OpenedFromCheckpoint, Is.True);
        Assert.That((await reopened.VerifyAsync()).Problem, Is.Null);
    }

    [TestCase(1, null)]
    [TestCase(2, LittleMemory)]
    public async Task PowerCut_AtEveryStepOfAnErasureAndACompaction_LeavesAGoodStore(int lanes, int? indexBytes)
    {
        var store = await StoreAsync(lanes, indexBytes, rounds: 4);
        var whole = store.Clone();
        Assert.That(await EraseAndCompactAsync(whole, lanes, indexBytes), Is.True);
        Assert.That(whole.Steps, Is.GreaterThan(20));
        for (var step = 1; step <= whole.Steps; step++)
        {
            var files = store.Clone();
            files.CutAtStep = step;
            await EraseAndCompactAsync(files, lanes, indexBytes);
            files = files.AfterPowerCut();
            await ExpectGoodAsync(files, lanes, indexBytes, step);
        }
    }

    // The opening that carries a compaction on may be cut short as well.
    [Test]
    public async Task PowerCut_AtEveryStepOfTheOpeningAfterACutCompaction_LeavesAGoodStore()
    {
        var store = await StoreAsync(1, null, rounds: 2);
        var half = await CutWhileOverwritingAsync(store);
        var whole = half.Clone();
        await (await OpenAsync(whole, 1, null)).DisposeAsync();
        Assert.That(whole.Steps, Is.GreaterThan(5));
        for (var step = 1; step <= whole.Steps; step++)
        {
            var files = half.Clone();
            files.CutAtStep = step;
            await TryAsync(async () => await (await OpenAsync(files, 1, null)).DisposeAsync());
            await ExpectGoodAsync(files.AfterPowerCut(), 1, null, step, rounds: 2);
        }
    }

    // What was written and never acknowledged may stand behind the end of the log, and in the ends of pages.
    [TestCase(1)]
    [TestCase(3)]
    public async Task Compact_FindsAlsoWhatWasNeverDurable(int lanes)
    {
        var files = await StoreAsync(lanes, null, rounds: 3);
        var database = await OpenAsync(files, lanes, null);
        for (var i = 0; i < 300; i++)
        {
            database.Apply(Order("email:mark@example.com", $"never mark {i}") with { UniqueId = null });
        }

        await WaitForPagesAsync(files);
        files = files.AfterPowerCut();
        database.Store.Dispose();
        database = await OpenAsync(files, lanes, null);
        await database.TrackAsync("email:bob@example.com", "Placed Order", 1);
        await database.EraseAsync("email:mark@example.com");
        await database.CompactAsync();
        Assert.That(Marked(files), Is.Empty);
        await database.DisposeAsync();
        await ExpectSameFromTheLogAsync(files, lanes, null, rounds: 4);
    }

    [Test]
    public async Task Compact_WithNothingErased_DoesNothing()
    {
        var files = await StoreAsync(1, null, rounds: 3);
        await using var database = await OpenAsync(files, 1, null);
        Assert.That(await database.CompactAsync(), Is.EqualTo(new CompactResult(0, 0, 0, 0)));
    }

    [Test]
    public async Task Compact_WhileOthersReadAndWrite_DisturbsNobody()
    {
        var files = await StoreAsync(1, LittleMemory, rounds: 60);
        var database = await OpenAsync(files, 1, LittleMemory);
        using var over = new CancellationTokenSource();
        await database.EraseAsync("email:mark@example.com");
        var others = new[]
        {
            Task.Run(() => FollowAsync(database, over.Token)),
            Task.Run(() => AskAsync(database, over.Token)),
            Task.Run(() => WriteAsync(database, over.Token)),
        };
        for (var i = 0; i < 5; i++)
        {
            await database.TrackAsync($"external_id:mark-{i}", "Placed Order", properties: new() { ["note"] = "mark" });
            await database.EraseAsync($"external_id:mark-{i}");
            await database.CompactAsync();
        }

        await over.CancelAsync();
        await Task.WhenAll(others);
        Assert.That(Marked(files), Is.Empty);
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        await database.DisposeAsync();
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task Compact_WithFlows_TakesTextsAndTimesOutOfTheRuns(int lanes)
    {
        var world = await FlowWorld.OpenAsync(lanes);
        world.Answer = message => message.To.Contains("mark@", StringComparison.Ordinal)
            ? ChannelResult.Retry($"no box for {message.To}")
            : ChannelResult.Delivered;
        var hello = Some.Email("hello", "wait", "Hello {{ person.first_name }} of {{ event.town }}") with { SubjectLine = "To {{ person.first_name }}" };
        await world.Platform.DefineFlowAsync(Some.Flow(
            "welcome", new MetricTrigger("Signed Up"), hello, Some.Delay("wait", "again", 3), Some.Email("again")));
        await world.Platform.DefineSegmentAsync("named", new SegmentDefinition(When.Property("first_name").IsSet()));
        await world.Platform.TrackAsync("anonymous_id:mark-device", "Signed Up");
        Identifier delivered = "email:delivered@mark.example.com";
        foreach (var named in (Identifier[])["email:mark@example.com", delivered])
        {
            await world.Platform.IdentifyAsync([named], new() { ["first_name"] = "remarkable" });
        }

        await world.Platform.TrackAsync(delivered, "Signed Up", properties: new() { ["town"] = "Denmark" });
        foreach (Identifier key in (Identifier[])["email:mark@example.com", Some.Ada])
        {
            await world.Platform.TrackAsync(key, "Signed Up");
        }

        await world.Platform.RunDueAsync();
        await world.Platform.IdentifyAsync(["email:mark@example.com", "anonymous_id:mark-device"]);
        Assert.That(world.Offered.Any(m => m.To.StartsWith("delivered", StringComparison.Ordinal) && m.Subject == "To remarkable" && m.Body.Contains("Denmark")), Is.True);
        Assert.That(Marked(world.Files), Is.Not.Empty);
        await world.Platform.EraseAsync("email:mark@example.com");
        await world.Platform.EraseAsync(delivered);
        Assert.That(world.Platform.CountSegment("named"), Is.Zero);
        Assert.That(world.Platform.Runs("welcome").Select(r => r.Profile), Is.EqualTo([world.Platform.Profile((Identifier)Some.Ada)!.Id]));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        var stats = world.Platform.FlowStats("welcome");
        Assert.That((stats.Running, stats.Pending), Is.EqualTo((1, 0)));

        await world.Platform.CompactAsync();
        Assert.That(Marked(world.Files), Is.Empty);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        await world.Platform.DisposeAsync();
        foreach (var name in world.Files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            world.Files.Delete(name);
        }

        await world.CutPowerAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        Assert.That(world.Platform.FlowStats("welcome").Sends, Is.EqualTo(stats.Sends));
        await world.AdvanceAsync(TimeSpan.FromDays(4));
        Assert.That(world.Platform.FlowStats("welcome").Running, Is.Zero);
        Assert.That(world.Offered.Count(m => m.To.Contains("mark", StringComparison.Ordinal)), Is.EqualTo(2));
        await world.DisposeAsync();
    }

    private static ValueTask<CustomerDatabase> OpenAsync(SimulatedFiles files, int lanes, int? indexBytes) =>
        DatabaseFixture.OpenAsync(files, Clock, lanes, indexBytes);

    // Ada is a merged tree of three, known by a mark in all that is hers; Bob is who has to stay.
    private static async Task<SimulatedFiles> StoreAsync(int lanes, int? indexBytes, int rounds)
    {
        var files = new SimulatedFiles(seed: 7);
        await using (var database = await OpenAsync(files, lanes, indexBytes))
        {
            await database.TrackAsync("anonymous_id:mark-1", "Placed Order", 2, uniqueId: "mark");
            await database.TrackAsync("anonymous_id:mark-2", "Placed Order", 2, uniqueId: "mark");
            for (var round = 0; round < rounds; round++)
            {
                CustomerWrite[] writes =
                [
                    Order("email:mark@example.com", $"mark {round} {new string('x', 2000)}"),
                    new ProfileWrite { Profile = ["email:mark@example.com"], Properties = new() { ["note"] = $"mark {round}" } },
                    new ConsentWrite { Profile = ["email:mark@example.com"], Channel = "email", Status = ConsentStatus.Subscribed, Method = $"mark {round}" },
                    new ListWrite { Profile = ["email:mark@example.com"], List = "vip", Member = true },
                    Order("email:bob@example.com", $"bob {round}"),
                    new ProfileWrite { Profile = [Identifier.ExternalId($"other {round % 9}")], Properties = new() { ["note"] = $"bob {round}" } },
                ];
                await database.WriteAsync(writes);
                if (round % 20 == 1)
                {
                    await database.CheckpointAsync();
                }
            }

            await database.IdentifyAsync(["email:mark@example.com", "anonymous_id:mark-1"]);
            await database.MergeAsync("anonymous_id:mark-2", "email:mark@example.com");
        }

        return files.Clone();
    }

    private static CustomerEvent Order(Identifier profile, string text) => new()
    {
        Profile = [profile],
        Metric = "Placed Order",
        UniqueId = text[..Math.Min(20, text.Length)],
        Value = 1,
        Properties = new() { ["text"] = text },
    };

    // A hash would tell whoever has the address that it was there.
    private static string[] WithHash(SimulatedFiles files, byte[] hash) => [.. files.List().Where(name => files[name].AsSpan().IndexOf(hash) >= 0)];

    // In both of the ways in which text may stand in a file.
    private static string[] Marked(SimulatedFiles files) =>
        [.. files.List().Where(name => files[name].AsSpan().IndexOf("mark"u8) >= 0 || files[name].AsSpan().IndexOf(Encoding.Unicode.GetBytes("mark")) >= 0)];

    private static void Leave(SimulatedFiles files, string name)
    {
        using var file = files.Open(name, create: true);
        file.Write(0, "mark"u8);
        file.Sync();
        files.SyncDirectory("");
        files.SyncDirectory("lane-0");
    }

    private static async Task<bool> EraseAndCompactAsync(SimulatedFiles files, int lanes, int? indexBytes)
    {
        return await TryAsync(async () =>
        {
            var database = await OpenAsync(files, lanes, indexBytes);
            try
            {
                await database.EraseAsync("email:mark@example.com");
                await database.CompactAsync();
            }
            finally
            {
                await TryAsync(() => database.DisposeAsync().AsTask());
            }
        });
    }

    private static async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception e) when (e is IOException or StorePoisonedException)
        {
            return false;
        }
    }

    private static async Task<SimulatedFiles> CutWhileOverwritingAsync(SimulatedFiles store)
    {
        for (var step = 1; ; step++)
        {
            var files = store.Clone();
            files.CutAtStep = step;
            var isWhole = await EraseAndCompactAsync(files, 1, null);
            Assert.That(isWhole, Is.False, "some step is one of the overwriting");
            var found = files.AfterPowerCut();
            if (HasWholeJournal(found))
            {
                return found;
            }
        }
    }

    private static bool HasWholeJournal(SimulatedFiles files)
    {
        try
        {
            return files.List().Contains(OverwriteJournal.FileName)
                && OverwriteJournal.Read(files, ManifestFiles.Load(files).StoreId).Any();
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static async Task ExpectGoodAsync(SimulatedFiles files, int lanes, int? indexBytes, long step, int rounds = 4)
    {
        var database = await OpenAsync(files, lanes, indexBytes);
        Assert.That((await database.VerifyAsync()).Problem, Is.Null, $"step {step}");
        Assert.That(files.List(), Has.None.EqualTo(OverwriteJournal.FileName), $"step {step}");
        var isThere = database.Profile("email:mark@example.com") is not null;
        var marks = database.Events("email:mark@example.com").Events.Count;
        Assert.That(marks, Is.EqualTo(isThere ? rounds + 2 : 0), $"step {step}");
        await ExpectBobAsync(database, rounds);
        await database.EraseAsync("email:mark@example.com");
        await database.CompactAsync();
        Assert.That(Marked(files), Is.Empty, $"step {step}");
        Assert.That((await database.VerifyAsync()).Problem, Is.Null, $"step {step}");
        await ExpectBobAsync(database, rounds);
        await database.DisposeAsync();
        Assert.That(Marked(files.AfterPowerCut()), Is.Empty, $"step {step}");
        await ExpectSameFromTheLogAsync(files, lanes, indexBytes, rounds);
    }

    private static async Task ExpectBobAsync(CustomerDatabase database, int rounds)
    {
        var orders = database.Aggregate("email:bob@example.com", new AggregateQuery { Metric = "Placed Order" }).Number;
        Assert.That(orders, Is.EqualTo(rounds));
        Assert.That(database.Events("email:bob@example.com").Events, Has.Count.EqualTo(rounds));
        Assert.That(database.Stats().Erased, Is.LessThanOrEqualTo(1));
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task ExpectSameFromTheLogAsync(SimulatedFiles files, int lanes, int? indexBytes, int rounds)
    {
        files = files.Clone();
        foreach (var name in files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            files.Delete(name);
        }

        var database = await OpenAsync(files, lanes, indexBytes);
        Assert.That(database.Stats().Erased, Is.EqualTo(1));
        Assert.That(database.Stats().Events, Is.EqualTo(rounds));
        await ExpectBobAsync(database, rounds);
        await database.DisposeAsync();
        Assert.That(Marked(files), Is.Empty);
    }

    // Pages that are full are written by themselves.
    private static async Task WaitForPagesAsync(SimulatedFiles files)
    {
        for (var turns = 0; turns < 1000 && !files.List().Any(n => files[n].AsSpan().IndexOf("never mark"u8) >= 0); turns++)
        {
            await Task.Yield();
        }
    }

    private static async Task FollowAsync(CustomerDatabase database, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await foreach (var next in database.SubscribeAsync(null, CancellationToken.None))
            {
                Assert.That(next.Event.Properties["text"].ToString(), Does.Not.Contain("mark"));
                if (next.Event.Value == 1 && next.Event.UniqueId == "bob 59")
                {
                    break;
                }
            }
        }
    }

    private static async Task AskAsync(CustomerDatabase database, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            Assert.That(database.Events("email:bob@example.com").Events, Has.Count.EqualTo(60));
            await Task.Yield();
        }
    }

    private static async Task WriteAsync(CustomerDatabase database, CancellationToken over)
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            await database.TrackAsync(Identifier.ExternalId($"new {i % 50}"), "Viewed Product", i, cancellationToken: CancellationToken.None);
        }
    }
}
