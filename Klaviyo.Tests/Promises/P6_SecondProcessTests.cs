using System.Diagnostics;
using Klaviyo.Tests.Samples;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Promises;

// P6: a second process is refused, whichever came first; and when the owner is killed, the store is free at once.
[NonParallelizable] // Kills by the clock.
public sealed class P6_SecondProcessTests
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    [Test]
    public async Task Shell_WhileThisProcessHasTheStore_IsRefusedInOneLine()
    {
        using var folder = new StoreFolder();
        await using var database = await CustomerDatabase.OpenAsync(folder.Path);
        await database.TrackAsync("external_id:1", "Placed Order");

        var (code, error) = await ShellAsync("stats", "--data", folder.Path);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1).And.Some.Contains("is open already").And.Some.Contains(folder.Path));
        await database.TrackAsync("external_id:1", "Placed Order");
        Assert.That(database.Stats().Events, Is.EqualTo(2));
    }

    [Test]
    public async Task OpenAsync_WhileAnotherProcessHasTheStore_IsRefused_AndFreeWhenThatIsKilled()
    {
        using var folder = new StoreFolder();
        using var timeout = new CancellationTokenSource(Watchdog);
        using var owner = StartWriting(folder.Path);

        // Not every step is an event, so some more than the first.
        for (var step = 0; step < 20; step++)
        {
            await owner.StandardOutput.ReadLineAsync(timeout.Token);
        }

        try
        {
            Assert.That(
                async () => await CustomerDatabase.OpenAsync(folder.Path),
                Throws.TypeOf<StoreLockedException>().With.Property("Path").EqualTo(folder.Path));
            Assert.That((await ShellRun.OfAsync($"verify --data '{folder.Path}'")).Code, Is.EqualTo(1));
        }
        finally
        {
            owner.Kill();
        }

        await owner.WaitForExitAsync(timeout.Token);
        await using var database = await CustomerDatabase.OpenAsync(folder.Path);
        Assert.That(database.Stats().Events, Is.Positive);
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }

    private static Process StartWriting(string path)
    {
        var bench = Path.Combine(TestContext.CurrentContext.TestDirectory, "Klaviyo.Bench.dll");
        string[] arguments = [bench, "crash-child", path, "1", "0", "honest", "0", "0", "0"];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    private static async Task<(int Code, string Error)> ShellAsync(params string[] arguments)
    {
        using var timeout = new CancellationTokenSource(Watchdog);
        var shell = Path.Combine(TestContext.CurrentContext.TestDirectory, "Shell.dll");
        var start = new ProcessStartInfo("dotnet", [shell, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, error);
    }
}
