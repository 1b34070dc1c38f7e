using Klaviyo.Storage.Files;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Promises;

// P1: what was acknowledged survives a power cut. P2: what is found is a prefix of the order in which it was written, at
// least up to the last acknowledgement, and batches are whole. P6: an existing store never opens as an empty one.
// Method: a database on the simulated disk, cut at any of its steps (also while it is opened, or writes a checkpoint), then
// opened on what an unlucky disk has kept. The unique ids that are found must be exactly those of the first k batches.
public sealed class P1_AcknowledgedSurvivesTests
{
    private const int Batches = 14;

    [Test]
    public async Task PowerCut_AtAnyStep_LeavesAWholeNumberOfBatches([Values(1, 3)] int lanes, [Values(null, 1000)] int? indexBytes)
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var files = new SimulatedFiles(seed) { CutAtStep = random.Next(1, indexBytes is null ? 260 : 400) };
            var acknowledged = await LiveUntilCutAsync(files, lanes, indexBytes, random);
            Assert.That(await FindProblemAsync(files.AfterPowerCut(), lanes, indexBytes, acknowledged), Is.Null, $"seed {seed}");
        }
    }

    // The control: on a disk that does not sync, the same check must find a loss.
    [Test]
    public async Task PowerCut_OnADiskThatIgnoresSyncs_IsFoundOut()
    {
        var found = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var files = new SimulatedFiles(seed);
            var acknowledged = await LiveUntilCutAsync(new UnsyncedFiles(files), 1, null, new Random(seed));
            found += await FindProblemAsync(files.AfterPowerCut(), 1, null, acknowledged) is null ? 0 : 1;
        }

        Assert.That(found, Is.GreaterThan(20));
    }

    private static List<CustomerWrite> Batch(int number)
    {
        // A new person, a known one, and an anonymous one who becomes known: creation, appends and merges in each batch.
        var known = Identifier.ExternalId($"{number % 3}");
        return
        [
            Event([Identifier.AnonymousId($"device-{number}")], number, 0),
            Event([known], number, 1),
            new ProfileWrite { Profile = [known, Identifier.AnonymousId($"device-{number}")], Properties = new() { ["n"] = number } },
            Event([Identifier.Email($"p{number}@example.com")], number, 2),
        ];
    }

    private static CustomerEvent Event(Identifier[] profile, int batch, int place) =>
        new() { Profile = profile, Metric = "M", UniqueId = $"{batch}-{place}", Value = batch };

    private static async Task<int> LiveUntilCutAsync(IStorageFiles files, int lanes, int? indexBytes, Random random)
    {
        var acknowledged = 0;
        try
        {
            await using var database = await DatabaseFixture.OpenAsync(
                files, new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()), lanes, indexBytes);
            for (var batch = 0; batch < Batches; batch++)
            {
                await database.WriteAsync(Batch(batch));
                acknowledged = batch + 1;
                if (random.Next(4) == 0)
                {
                    await database.CheckpointAsync();
                }
            }
        }
        catch (Exception cut) when (cut is PowerCutException or StorePoisonedException)
        {
            // The process ends here; what counts is what it had acknowledged.
        }

        return acknowledged;
    }

    private static async Task<string?> FindProblemAsync(SimulatedFiles files, int lanes, int? indexBytes, int acknowledged)
    {
        try
        {
            var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
            await using var database = await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes);
            return await FindProblemAsync(database, acknowledged);
        }
        catch (StoreCorruptedException damage)
        {
            return damage.Message;
        }
    }

    private static async Task<string?> FindProblemAsync(CustomerDatabase database, int acknowledged)
    {
        var found = database.Profiles()
            .SelectMany(p => database.Events($"id:{p.Id}").Events)
            .Select(e => e.UniqueId!)
            .Order(StringComparer.Ordinal)
            .ToList();
        var batches = found.Count / 3;
        var expected = Enumerable.Range(0, batches).SelectMany(b => Enumerable.Range(0, 3).Select(p => $"{b}-{p}"));
        if (batches < acknowledged)
        {
            return $"{acknowledged} batches were acknowledged, {batches} are there";
        }

        if (!found.SequenceEqual(expected.Order(StringComparer.Ordinal)))
        {
            return $"not a prefix of whole batches: {string.Join(' ', found)}";
        }

        for (var batch = batches; batch < Batches; batch++)
        {
            var results = await database.WriteAsync(Batch(batch));
            if (!results.All(r => r.Accepted && !r.Duplicate))
            {
                return $"batch {batch} cannot be written any more";
            }
        }

        return (await database.VerifyAsync()).Problem;
    }
}
