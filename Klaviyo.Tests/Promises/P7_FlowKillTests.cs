using System.Diagnostics;

namespace Klaviyo.Tests.Promises;

// P7, C5: "an action is never lost, never sent with two different keys", with real kills, a real disk and a real receiver: the
// command `crash-flow` of Klaviyo.Bench. The receiver is busy at times, or hangs up before or after it has noted a message.
// A longer row of kills: KLAVIYO_KILLS=30, or the command itself.
[NonParallelizable] // Kills by the clock.
public sealed class P7_FlowKillTests
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(20);

    private static string Kills => Environment.GetEnvironmentVariable("KLAVIYO_KILLS") ?? "4";

    [Test]
    public async Task Kill9_AtAnyMoment_LosesNoMessage_AndGivesNoneTwoKeys()
    {
        var (exitCode, output) = await RunAsync("--kills", Kills, "--runs", "2000", "--seed", "3");

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("nothing was lost, nothing had two keys"));
    }

    /// <summary>The controls: what is wrong on purpose must be found out.</summary>
    [TestCase("--early-acks", "12", "never came")]
    [TestCase("--new-keys", "3", "came under the keys")]
    public async Task Kill9_OfAProcessThatDoesWrong_IsFoundOut(string control, string kills, string finding)
    {
        var (exitCode, output) = await RunAsync("--kills", kills, "--runs", "2000", "--seed", "3", control);

        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain(finding));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var folder = new Storage.Log.StoreFolder();
        using var timeout = new CancellationTokenSource(Watchdog);
        var bench = Path.Combine(TestContext.CurrentContext.TestDirectory, "Klaviyo.Bench.dll");
        string[] all = [bench, "crash-flow", .. arguments, "--data", Path.Combine(folder.Path, "store")];
        using var process = Process.Start(new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, output);
    }
}
