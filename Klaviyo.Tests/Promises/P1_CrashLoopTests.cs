using System.Diagnostics;
using System.Globalization;

namespace Klaviyo.Tests.Promises;

// P1, P2 on a real disk with real kills, and recovery of what was recovered: the command `crash` of Klaviyo.Bench, as a
// person runs it. Three writers, all kinds of writes, checkpoints, reopenings with other options; a kill -9 at any moment;
// every answer compared with a model. A longer row of kills: KLAVIYO_KILLS=500, or the command itself.
[NonParallelizable] // Kills by the clock.
public sealed class P1_CrashLoopTests
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromHours(1);

    private static string Kills => Environment.GetEnvironmentVariable("KLAVIYO_KILLS") ?? "5";

    [Test]
    public async Task Kill9_AtAnyMoment_LosesNothingThatWasAcknowledged()
    {
        var (exitCode, output) = await RunAsync("crash", "--kills", Kills, "--seed", "3");

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("nothing was lost"));
    }

    /// <summary>The control: a process that acknowledges before its writes are durable must be found out.</summary>
    [Test]
    public async Task Kill9_OfAProcessThatAcknowledgesEarly_IsFoundOut()
    {
        var (exitCode, output) = await RunAsync("crash", "--kills", "10", "--seed", "3", "--early-acks");

        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(output, Does.Match("FAILED: .* were acknowledged"));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var folder = new Storage.Log.StoreFolder();
        using var timeout = new CancellationTokenSource(Watchdog);
        var bench = Path.Combine(TestContext.CurrentContext.TestDirectory, "Klaviyo.Bench.dll");
        var start = new ProcessStartInfo("dotnet", [bench, .. arguments, "--data", folder.Path]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, output.ToString(CultureInfo.InvariantCulture));
    }
}
