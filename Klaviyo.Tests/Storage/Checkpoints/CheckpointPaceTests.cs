using Klaviyo.Storage.Checkpoints;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Checkpoints;

// A store writes a checkpoint by itself after so many records, but not before its log has grown by as much as the last one is long:
// what a large store writes beside its events does not grow with it.
public sealed class CheckpointPaceTests
{
    private const int EveryRecords = 1000;
    private const int Rounds = 60;

    [Test]
    public async Task CheckpointsOfALargeState_TakeNoMoreThanItsLog([Values(false, true)] bool isReopened)
    {
        var disk = new SimulatedFiles(0);
        var database = await OpenAsync(disk);
        var about = new string('x', 500);
        await database.WriteAsync([.. Enumerable.Range(0, 2000).Select(n => (CustomerWrite)new ProfileWrite
        {
            Profile = [Identifier.ExternalId($"{n}")],
            Properties = new PropertyMap { ["about"] = about },
        })]);
        await database.CheckpointAsync();
        if (isReopened)
        {
            await database.DisposeAsync();
            database = await OpenAsync(disk);
        }

        var (written, log) = (0L, database.Stats().LogBytes);
        for (var round = 0; round < Rounds; round++)
        {
            var before = CheckpointFile.Names(disk)[0];
            await database.WriteAsync([.. Enumerable.Range(0, EveryRecords).Select(n => new CustomerEvent
            {
                Profile = [Identifier.ExternalId($"{n % 9}")],
                Metric = "Opened",
            })]);
            written += CheckpointFile.Names(disk)[0] is var newest && newest != before ? disk[newest].Length : 0;
        }

        Assert.That(written, Is.InRange(1, database.Stats().LogBytes - log));
        await database.DisposeAsync();
    }

    private static ValueTask<CustomerDatabase> OpenAsync(SimulatedFiles disk) => CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
    {
        Files = disk,
        CheckpointEveryRecords = EveryRecords,
        BackgroundCheckpoints = false,
    });
}
