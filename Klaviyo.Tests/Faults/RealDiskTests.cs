using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Klaviyo.Storage.Files;
using Klaviyo.Tests.Samples;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// P4, P6 on real file systems: one that is full and is freed, one that becomes read-only, a limit on the size of files. What
/// the simulated disk says of these must be what the operating system does.
/// </summary>
[NonParallelizable] // Fills file systems.
public sealed class RealDiskTests
{
    private const int Turns = 3000;
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    [Test]
    public async Task FullFileSystem_ThenFreed_LosesNothingAcknowledged([Values(1, 3)] int lanes)
    {
        using var mount = Mount.OfBytes(3 << 20);
        var ballast = Path.Combine(mount.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[3 << 19]);
        var files = new PhysicalFiles(Path.Combine(mount.Path, "store"));
        var life = new ScriptedLife(lanes, lanes) { ReadsAfterFault = true };

        await life.LiveAsync(files, Turns).WaitAsync(Watchdog);
        Assert.That(life.End, Is.InstanceOf<StorePoisonedException>().Or.InstanceOf<IOException>());
        Assert.That(life.Problem, Is.Null);
        File.Delete(ballast);

        Assert.That(await life.CheckAsync(files), Is.Null);
        await life.LiveAsync(files, turns: 20).WaitAsync(Watchdog);
        Assert.That(life.End, Is.Null);
        Assert.That(await life.CheckAsync(files), Is.Null);
    }

    [Test]
    public async Task ReadOnlyFileSystem_IsRefusedWithAReason_AndHarmsNothing()
    {
        using var mount = Mount.OfBytes(8 << 20);
        var files = new PhysicalFiles(Path.Combine(mount.Path, "store"));
        var life = new ScriptedLife(5);
        await life.LiveAsync(files, turns: 20).WaitAsync(Watchdog);
        mount.MakeReadOnly();
        Assert.That(async () => await life.CheckAsync(files), Throws.InstanceOf<IOException>().With.Message.Contains("SalvageAsync"));
        var asked = await ShellRun.OfAsync($"stats --data '{files.Path}'");
        Assert.That(asked.Code, Is.EqualTo(1));
        Assert.That(asked.Error, Has.Length.EqualTo(1).And.Some.Contains("cannot be written").And.Some.Contains("--salvage"));
        Assert.That((await ShellRun.OfAsync($"stats --salvage --data '{files.Path}'")).Code, Is.Zero);
        Assert.That(
            async () => await CustomerDatabase.OpenAsync(Path.Combine(mount.Path, "another")),
            Throws.InstanceOf<IOException>().With.Message.Not.Contains("SalvageAsync"), "there is nothing to read");
        mount.MakeWritable();

        Assert.That(await life.CheckAsync(files), Is.Null);
    }

    // The limit is the process's own, so it is one of its own that runs into it.
    [Test]
    public async Task LimitOnTheSizeOfFiles_LosesNothingAcknowledged()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no such limit.");
        }

        using var folder = new StoreFolder();
        Directory.CreateDirectory(folder.Path);
        var (input, store) = (folder.Name("events.ndjson"), folder.Name("store"));
        await File.WriteAllLinesAsync(input, Enumerable.Range(0, 60_000).Select(n =>
            $$$"""{"type":"track","userId":"u{{{n % 97}}}","messageId":"m{{{n}}}","event":"Placed Order","timestamp":"2026-01-01T00:00:00Z","properties":{"n":{{{n}}}}}"""));
        var (code, output, error) = await ImportLimitedAsync(input, store);

        Assert.That(code, Is.EqualTo(1), error);
        Assert.That(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1), error);
        var acknowledged = Regex.Matches(output, "\"durable\":([0-9]+)").Select(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).LastOrDefault();
        await using var database = await CustomerDatabase.OpenAsync(store);
        Assert.That(database.Stats().Events, Is.GreaterThanOrEqualTo(acknowledged).And.LessThan(60_000));
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        await database.TrackAsync("external_id:u1", "Placed Order");
    }

    // The runtime keeps its own code in files of memory, unless it is told not to.
    private static async Task<(int Code, string Output, string Error)> ImportLimitedAsync(string input, string store)
    {
        var shell = Path.Combine(TestContext.CurrentContext.TestDirectory, "Shell.dll");
        var command = $"trap '' XFSZ; ulimit -f 2048; exec dotnet '{shell}' import '{input}' --format segment --acks --data '{store}'";
        var start = new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using var timeout = new CancellationTokenSource(Watchdog);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(timeout.Token);
        var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, output, await error);
    }
}
