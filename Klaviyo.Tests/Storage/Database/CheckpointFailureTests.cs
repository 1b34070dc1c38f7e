using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Database;

// A checkpoint that cannot be written costs nothing but itself, and leaves nothing.
public sealed class CheckpointFailureTests
{
    private const int EveryRecords = 1000;

    [TestCase(FileCall.Write, 3)]
    [TestCase(FileCall.Sync, 1)]
    [TestCase(FileCall.Rename, 1)]
    public async Task Checkpoint_ThatCannotBeWritten_LeavesNoFile(FileCall call, int nth)
    {
        var (disk, plan) = (new SimulatedFiles(1), new FaultPlan(call, "checkpoint.new", nth, Kind: FaultKind.Full));
        await using var database = await OpenAsync(disk, plan);
        await database.TrackAsync("external_id:1", "Placed Order", 1);
        Assert.That(() => database.CheckpointAsync().AsTask(), Throws.InstanceOf<IOException>());
        Assert.That(disk.List(), Has.None.StartsWith("checkpoint"));
        await database.CheckpointAsync();
        Assert.That(disk.List(), Has.Some.EqualTo("checkpoint-0000000001"));
    }

    // Whatever it is, the caller's write is durable, and the next checkpoint is tried.
    [TestCase(FaultKind.Full)]
    [TestCase(FaultKind.Bug)]
    public async Task CheckpointByItself_ThatFails_IsReported_AndTheNextOneIsTried(FaultKind kind)
    {
        var (disk, plan) = (new SimulatedFiles(1), new FaultPlan(FileCall.Create, "checkpoint.new", 1, Kind: kind));
        await using var database = await OpenAsync(disk, plan);
        await WriteAsync(database);
        Assert.That(plan.HasStruck, Is.True);
        Assert.That(database.Stats().CheckpointFault, Does.Contain("checkpoint.new"));
        await WriteAsync(database);
        Assert.That(database.Stats().CheckpointFault, Is.Null);
    }

    private static async Task WriteAsync(CustomerDatabase database)
    {
        await database.WriteAsync([.. Enumerable.Range(0, EveryRecords).Select(n => new CustomerEvent
        {
            Profile = [Identifier.ExternalId($"{n % 9}")],
            Metric = "Placed Order",
            Value = n,
        })]);
    }

    private static ValueTask<CustomerDatabase> OpenAsync(SimulatedFiles disk, FaultPlan plan) =>
        CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = new FaultyFiles(disk, plan),
            CheckpointEveryRecords = EveryRecords,
            BackgroundCheckpoints = false,
        });
}
