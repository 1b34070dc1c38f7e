using Klaviyo.Json;
using Klaviyo.Storage.Files;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Database;

// A database on a simulated disk with a virtual clock.
internal sealed class DatabaseFixture : IAsyncDisposable
{
    private readonly int _lanes;

    private DatabaseFixture(SimulatedFiles files, CustomerDatabase database, FakeTimeProvider clock, int lanes)
    {
        (Files, Database, Clock, _lanes) = (files, database, clock, lanes);
    }

    internal static Instant Start { get; } = Instant.Parse("2026-11-23T12:00:00Z");

    internal SimulatedFiles Files { get; private set; }

    internal CustomerDatabase Database { get; private set; }

    internal FakeTimeProvider Clock { get; }

    internal static async Task<DatabaseFixture> OpenAsync(int lanes = 1)
    {
        var clock = new FakeTimeProvider(Start.ToDateTimeOffset());
        var files = new SimulatedFiles(seed: 1);
        return new DatabaseFixture(files, await OpenAsync(files, clock, lanes), clock, lanes);
    }

    /// <summary>Opens a database; with <paramref name="indexBytes"/> nearly every profile is cold at any time.</summary>
    internal static ValueTask<CustomerDatabase> OpenAsync(
        IStorageFiles files,
        TimeProvider clock,
        int lanes = 1,
        long? indexBytes = null,
        int chunkLogBytes = 2 << 10,
        DefinitionEnvironment? environment = null)
    {
        return CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = files,
            Clock = clock,
            Lanes = lanes,
            LogPageBytes = 64 << 10,
            LogSegmentBytes = 128 << 10,
            IndexBytesMax = indexBytes,
            ColdFileBytes = 8 << 10,
            BackgroundCheckpoints = false,
            BackgroundSegments = false,
            ChunkLogBytes = chunkLogBytes,
            Environment = environment ?? DefinitionEnvironment.Empty,
            RunBeside = AtOnce.Run,
            RunAhead = AtOnce.Run,
        });
    }

    internal async Task ReopenAsync()
    {
        await Database.DisposeAsync();
        Database = await OpenAsync(Files, Clock, _lanes);
    }

    internal async Task CrashAsync()
    {
        Files = Files.AfterPowerCut();
        Database.Store.Dispose();
        Database = await OpenAsync(Files, Clock, _lanes);
    }

    internal double Count(Identifier profile, string metric, Instant? asOf = null) =>
        Database.Aggregate(profile, new AggregateQuery { Metric = metric }, asOf).Number!.Value;

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
