using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Promises;

// P1 on a real disk with a real kill: an import in a process of its own is killed when it has acknowledged some records.
// After reopening, each acknowledged record is there once, `verify` finds nothing, and importing the file again completes
// it exactly. A longer row of kills is run by hand: KLAVIYO_KILLS=500.
[NonParallelizable] // Kills by the clock.
public sealed class P1_KillTests
{
    private const int Records = 60_000;
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("KLAVIYO_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 6;

    [Test]
    public async Task Kill9_OfAnImport_LosesNothingThatWasAcknowledged()
    {
        using var folder = new StoreFolder();
        Directory.CreateDirectory(folder.Path);
        var file = Path.Combine(folder.Path, "events.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Records).Select(Message));
        for (var kill = 0; kill < Kills; kill++)
        {
            var store = Path.Combine(folder.Path, $"store-{kill}");
            var random = new Random(kill);
            for (var life = 0; life < 2; life++)
            {
                var acknowledged = await ImportUntilKilledAsync(file, store, acks: random.Next(1, 8));
                await CheckAsync(store, acknowledged);
            }

            await CompleteAsync(file, store);
            Directory.Delete(store, recursive: true);
        }
    }

    private static string Message(int n) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"type":"track","userId":"u{{{n % 977}}}","messageId":"m{{{n}}}","event":"Placed Order","timestamp":"2026-01-01T00:00:{{{n % 60:d2}}}Z","properties":{"value":{{{n}}},"n":{{{n}}}}}""");

    private static async Task<long> ImportUntilKilledAsync(string file, string store, int acks)
    {
        using var timeout = new CancellationTokenSource(Watchdog);
        using var process = Start("import", file, "--format", "segment", "--acks", "--data", store);
        long durable = 0;
        while (acks-- > 0 && await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            using var ack = JsonDocument.Parse(line);
            durable = ack.RootElement.TryGetProperty("durable", out var records) ? records.GetInt64() : Records;
        }

        process.Kill();
        await process.WaitForExitAsync(timeout.Token);
        return durable;
    }

    private static async Task CheckAsync(string store, long acknowledged)
    {
        await using var database = await CustomerDatabase.OpenAsync(store);
        var found = Found(database);
        Assert.That(found, Is.Unique, "a record is there twice");
        Assert.That(found.Count, Is.GreaterThanOrEqualTo(acknowledged), "an acknowledged record is lost");
        Assert.That(found.Order(), Is.EqualTo(Enumerable.Range(0, found.Count)), "not a prefix");
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task CompleteAsync(string file, string store)
    {
        await using var database = await CustomerDatabase.OpenAsync(store);
        var before = Found(database).Count;
        await using var input = File.OpenRead(file);
        var result = await database.ImportAsync(input, new ImportOptions { Format = new SegmentFormat() });
        Assert.That((result.Accepted, result.Duplicates), Is.EqualTo((Records - before, before)));
        Assert.That(Found(database).Order(), Is.EqualTo(Enumerable.Range(0, Records)));
    }

    private static List<int> Found(CustomerDatabase database)
    {
        return [.. database.Profiles()
            .SelectMany(p => database.Events($"id:{p.Id}").Events)
            .Select(e => (int)e.Properties["n"].AsNumber())];
    }

    private static Process Start(params string[] arguments)
    {
        var shell = Path.Combine(TestContext.CurrentContext.TestDirectory, "Shell.dll");
        var start = new ProcessStartInfo("dotnet", [shell, .. arguments])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        return Process.Start(start)!;
    }
}
