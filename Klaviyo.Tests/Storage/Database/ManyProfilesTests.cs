using Klaviyo.Storage.Index;
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

    // Reading a slot that is cold changes the index, and whoever does not hold the gate must not: reports, and whoever looks a profile up by its id.
    [Test]
    public async Task WhatIsAskedWithoutAGate_ReadsNoSlot()
    {
        await using var database = await OpenAsync();
        await database.EraseAsync(Identifier.ExternalId("7"));
        await database.CheckpointAsync();
        var (state, isPassedOver) = (database.Store.State, database.Store.IsPassedOver!);
        var before = database.Stats().IndexBytes;
        for (var ordinal = 0; ordinal < People; ordinal++)
        {
            var isErased = ordinal == 7;
            Assert.That(isPassedOver(0, ordinal), Is.EqualTo(isErased));
            Assert.That(
                state.TryFind(Identifier.Of(IdentifierKind.Id, new ProfileKey(0, ordinal).Id.ToString()), out _), Is.EqualTo(!isErased));
        }

        Assert.That(database.Stats().IndexBytes, Is.EqualTo(before));
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
