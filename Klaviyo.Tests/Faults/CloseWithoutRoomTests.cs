using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// The closing makes everything durable, and only then writes its image: a disk without room for the image loses nothing, and
/// no work looks failed because of it.
/// </summary>
public sealed class CloseWithoutRoomTests
{
    private const string CheckpointFile = "checkpoint";
    private const string LogFile = "lane-N/log.N";

    [Test]
    public async Task Close_WithoutRoomForTheCheckpoint_MakesWhatWasAppliedDurable([Values] bool checkpointFailedBefore)
    {
        var disk = new SimulatedFiles(1);
        var plan = new FaultPlan(FileCall.Write, CheckpointFile, 1, ForEver: true, FaultKind.Full);
        var database = await OpenAsync(new FaultyFiles(disk, plan));
        database.Apply(Order());
        if (checkpointFailedBefore)
        {
            Assert.That(async () => await database.CheckpointAsync(), Throws.InstanceOf<IOException>());
        }

        Assert.That(async () => await database.DisposeAsync(), Throws.Nothing);
        Assert.That(plan.HasStruck, Is.True);
        await using var reopened = await OpenAsync(disk);
        Assert.That(reopened.OpenedFromCheckpoint, Is.False);
        Assert.That(reopened.Stats().Events, Is.EqualTo(1));
    }

    [Test]
    public async Task Close_WithoutRoomForTheLog_SaysSo()
    {
        var disk = new SimulatedFiles(1);
        var plan = new FaultPlan(FileCall.Write, LogFile, 1, ForEver: true, FaultKind.Full);
        var database = await OpenAsync(new FaultyFiles(disk, plan));
        database.Apply(Order());

        Assert.That(async () => await database.DisposeAsync(), Throws.InstanceOf<StorePoisonedException>());
        await using var reopened = await OpenAsync(disk);
        Assert.That(reopened.Stats().Events, Is.Zero);
    }

    private static CustomerEvent Order() => new() { Profile = [Identifier.ExternalId("1")], Metric = "Placed Order" };

    private static ValueTask<CustomerDatabase> OpenAsync(Klaviyo.Storage.Files.IStorageFiles files) =>
        DatabaseFixture.OpenAsync(files, new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()));
}
