using Klaviyo.Tests.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Database;

// Who no longer waits for an opening has nothing to close: the store must not stay locked because of it.
public sealed class OpeningCancelledTests
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    [Test]
    public async Task Opening_Cancelled_LeavesTheStoreUnlocked()
    {
        var disk = new SimulatedFiles(1);
        var plan = new FaultPlan(FileCall.Create, "STORE", 1, Kind: FaultKind.Pause);
        using var cancellation = new CancellationTokenSource();
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        var options = new CustomerDatabaseOptions { Files = new FaultyFiles(disk, plan), Clock = clock };

        var opening = CustomerDatabase.OpenAsync("simulated", options, cancellation.Token).AsTask();
        await Task.Run(() => plan.Hanging.Wait(Watchdog));
        await cancellation.CancelAsync();
        Assert.That(async () => await opening, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await DatabaseFixture.OpenAsync(disk, clock), Throws.InstanceOf<StoreLockedException>());
        plan.Release.Set();

        await using var database = await OpenUnlockedAsync(disk, clock).WaitAsync(Watchdog);
        Assert.That((await database.TrackAsync("external_id:1", "Placed Order")).Accepted, Is.True);
    }

    private static async Task<CustomerDatabase> OpenUnlockedAsync(SimulatedFiles disk, TimeProvider clock)
    {
        while (true)
        {
            try
            {
                return await DatabaseFixture.OpenAsync(disk, clock);
            }
            catch (StoreLockedException)
            {
                await Task.Yield();
            }
        }
    }
}
