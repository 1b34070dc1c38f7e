using Klaviyo.Tests.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Database;

// So many small profiles that their slots have no room in memory: whoever goes over all of them leaves no more there than there was.
public sealed class ManyProfilesTests
{
    private const int People = 21_000;
    private const int IndexBytes = 200_000;

    [Test]
    public async Task Checkpoint_LeavesNoMoreInMemory()
    {
        await using var database = await OpenAsync();
        var before = database.Stats().IndexBytes;
        await database.CheckpointAsync();
        Assert.That(database.Stats().IndexBytes, Is.LessThan(before + (100 << 10)), "the slots alone are 1.3 MB");
    }

    private static async Task<CustomerDatabase> OpenAsync()
    {
        var database = await CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = new SimulatedFiles(seed: 3),
            Clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()),
            IndexBytesMax = IndexBytes,
            ColdFileBytes = 256 << 10,
            BackgroundCheckpoints = false,
            BackgroundSegments = false,
        });
        foreach (var some in Enumerable.Range(0, People).Chunk(2000))
        {
            await database.WriteAsync([.. some.Select(i => new CustomerEvent { Profile = [$"external_id:{i}"], Metric = "Opened" })]);
        }

        return database;
    }
}
