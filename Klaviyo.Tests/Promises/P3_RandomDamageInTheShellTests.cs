using System.Globalization;
using System.Text.Json;
using Klaviyo.Tests.Samples;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Promises;

// P3 and P5 as a person meets them: any file of a store is damaged at any place, in any way that a disk or a hand does it.
// Every command then gives the answer of the sound store, or one line that names the file. KLAVIYO_ROT=all for hundreds.
public sealed class P3_RandomDamageInTheShellTests
{
    private const int Seed = 1;
    private const int Events = 9000;
    private const string Report = """
        {"data":{"type":"metric-aggregate","attributes":{"metric_id":"Placed Order","measurements":["count","sum_value","unique"],
        "interval":"month","by":["color"],"filter":["greater-or-equal(datetime,2026-01-01T00:00:00)","less-than(datetime,2026-12-01T00:00:00)"]}}}
        """;

    private const string Buyers = """
        {"condition_groups":[{"conditions":[{"type":"profile-metric","metric_id":"Placed Order","measurement":"count",
        "measurement_filter":{"type":"numeric","operator":"greater-than-or-equal","value":60},
        "timeframe_filter":{"type":"date","operator":"alltime"}}]}]}
        """;

    private static readonly string[] Questions =
    [
        "export --format ndjson --to '{0}.export'",
        "report '{0}.report' --as-of 2026-11-20",
        "segment members buyers",
        "aggregate external_id:u5 --metric 'Placed Order' --measure count,sum,min,max --as-of 2026-11-20",
        "profile external_id:u3 --as-of 2026-11-20",
    ];

    private static readonly string[] Ways = ["bit", "bit", "bit", "byte", "zeros", "cut", "longer", "deleted"];

    private readonly StoreFolder _folder = new();

    private static int Count => Environment.GetEnvironmentVariable("KLAVIYO_ROT") == "all" ? 600 : 24;

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Damage_Anywhere_IsToldInOneLineOrHarmless()
    {
        var sound = _folder.Name("sound");
        await CreateAsync(sound);
        var answers = await AskAsync(sound);
        Assert.That(answers.Select(a => a.Code), Is.All.Zero);
        var files = Directory.GetFiles(sound, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(sound, path).Replace('\\', '/'))
            .Where(file => file != "LOCK")
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.That(files.Select(Kind).Distinct(), Is.SupersetOf(new[] { "STORE", "superblock", "lane-N/log.N", "lane-N/chunk.N-N", "checkpoint-N" }));

        var random = new Random(Seed);
        var told = 0;
        for (var i = 0; i < Count; i++)
        {
            var damaged = _folder.Name("damaged");
            Copy(sound, damaged);
            var what = Damage(damaged, files[i % files.Count], Ways[random.Next(Ways.Length)], random);
            told += await ExpectAsync(damaged, files[i % files.Count], answers, $"{i}: {what}") ? 1 : 0;
        }

        Assert.That(told, Is.GreaterThan(Count / 8), "the damage does nothing");
        await TestContext.Out.WriteLineAsync($"{Count} damages, {told} told, {Count - told} harmless");
    }

    private static string Kind(string file) => Faults.FaultPlan.KindOf(file);

    private static async Task<bool> ExpectAsync(string store, string file, List<ShellRun> sound, string what)
    {
        var told = false;
        foreach (var (run, right) in (await AskAsync(store)).Zip(sound))
        {
            told |= run.Code != 0;
            ExpectAnswer(run, right, file, what);
        }

        var verified = await RunAsync("verify", store);
        Assert.That(verified.Code == 0 || IsOneLineOf(verified, file), Is.True, $"{what}, verify: {string.Join('\n', verified.Error)}");
        Assert.That(verified.Code == 0 && told, Is.False, $"{what}: a question tells of damage that verify does not find");
        return told || verified.Code != 0;
    }

    private static void ExpectAnswer(ShellRun run, ShellRun right, string file, string what)
    {
        if (run.Code == 0)
        {
            Assert.That(run.Text, Is.EqualTo(right.Text), what);
        }
        else
        {
            Assert.That(IsOneLineOf(run, file), Is.True, $"{what}: {string.Join('\n', run.Error)}");
        }
    }

    private static bool IsOneLineOf(ShellRun run, string file) =>
        run.Code == 1 && run.Error is [var line] && line.Contains(file, StringComparison.Ordinal) && !line.Contains("   at ", StringComparison.Ordinal);

    private static string Damage(string store, string file, string way, Random random)
    {
        var path = Path.Combine(store, file);
        var bytes = File.ReadAllBytes(path);

        // What stands at the beginning of a file matters most.
        var at = random.Next(random.Next(2) == 0 ? bytes.Length : Math.Min(bytes.Length, 200));
        switch (way)
        {
            case "bit":
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case "byte":
                bytes[at] = (byte)random.Next(256);
                break;
            case "zeros":
                bytes.AsSpan(at, Math.Min(512, bytes.Length - at)).Clear();
                break;
            case "cut":
                bytes = bytes[..at];
                break;
            case "longer":
                bytes = [.. bytes, .. bytes.AsSpan(at, Math.Min(700, bytes.Length - at))];
                break;
        }

        File.Delete(path);
        if (way != "deleted")
        {
            File.WriteAllBytes(path, bytes);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{file}, {way} at {at}");
    }

    private static async Task CreateAsync(string store)
    {
        var random = new Random(Seed);
        var lines = Enumerable.Range(0, Events).Select(n => JsonSerializer.Serialize(new
        {
            type = "track",
            userId = $"u{random.Next(100)}",
            @event = random.Next(2) == 0 ? "Placed Order" : "Viewed Product",
            messageId = $"m{n}",
            timestamp = $"2026-{random.Next(1, 11):00}-{random.Next(1, 28):00}T10:00:00Z",
            properties = new { value = random.Next(500), color = Pick(random, "red", "blue", "green"), note = new string('n', random.Next(150)) },
        }));
        await ShellRun.OfAsync($"import - --format segment --data '{store}'", string.Join('\n', lines));
        await File.WriteAllTextAsync($"{store}.buyers", Buyers);
        await RunAsync($"segment create buyers '{store}.buyers'", store);
        await RunAsync("""identify external_id:u3 --set {"plan":"gold"} --time 2026-01-01""", store);
        await RunAsync("merge external_id:u1 external_id:u2", store);
        await RunAsync("erase external_id:u4", store);
        await RunAsync("compact", store);
    }

    private static string Pick(Random random, params ReadOnlySpan<string> texts) => texts[random.Next(texts.Length)];

    private static async Task<List<ShellRun>> AskAsync(string store)
    {
        await File.WriteAllTextAsync($"{store}.report", Report);
        var runs = new List<ShellRun>();
        foreach (var question in Questions)
        {
            runs.Add(await RunAsync(string.Format(CultureInfo.InvariantCulture, question, store), store));
        }

        // What an export printed is where it went; what it wrote is the answer.
        var export = $"{store}.export";
        runs[0] = runs[0] with { Output = Directory.Exists(export) ? [.. Directory.GetFiles(export).Order(StringComparer.Ordinal).SelectMany(File.ReadLines)] : [] };
        if (Directory.Exists(export))
        {
            Directory.Delete(export, recursive: true);
        }

        return runs;
    }

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to))
        {
            Directory.Delete(to, recursive: true);
        }

        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static Task<ShellRun> RunAsync(string command, string store) => ShellRun.OfAsync($"{command} --data '{store}'");
}
