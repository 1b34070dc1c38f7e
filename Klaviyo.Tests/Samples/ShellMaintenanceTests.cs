using System.Text.Json;

namespace Klaviyo.Tests.Samples;

// Histories, objects and exports at the command line.
public sealed class ShellMaintenanceTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("klaviyo-shell-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task History_OfAPropertyAConsentAndAList()
    {
        await DoneAsync("""identify email:a@b.c --set {"plan":"free"} --time 2026-01-01""");
        await DoneAsync("""identify email:a@b.c --set {"plan":"pro"} --time 2026-02-01""");
        await DoneAsync("consent email:a@b.c email suppressed --method bounce --time 2026-02-01");
        var plans = await DoneAsync("history email:a@b.c --property plan");
        Assert.That(plans.Output.Select(l => Json(l).GetProperty("value").GetString()), Is.EqualTo(new[] { "free", "pro" }));
        var said = await DoneAsync("history email:a@b.c --consent email");
        Assert.That(Json(said.Text).GetProperty("status").GetString(), Is.EqualTo("SUPPRESSED"));
        Assert.That((await DoneAsync("history email:a@b.c --list vip")).Output, Is.Empty);
        Assert.That((await RunAsync("history email:a@b.c")).Code, Is.EqualTo(2));
    }

    [Test]
    public async Task Object_Relate_Relations()
    {
        await DoneAsync("""object account acme --set {"plan":"pro"}""");
        await DoneAsync("relate email:a@b.c account acme member --time 2026-01-01");
        await DoneAsync("unrelate email:a@b.c account acme member --time 2026-02-01");
        await DoneAsync("relate email:a@b.c account acme owner --time 2026-02-01");
        var now = Json((await DoneAsync("relations email:a@b.c")).Text);
        Assert.That(now.GetProperty("other").GetString(), Is.EqualTo("object.account:acme"));
        Assert.That((await DoneAsync("relations object.account:acme --history")).Output, Has.Length.EqualTo(2));
        Assert.That(Json((await DoneAsync("object account acme")).Text).GetProperty("key").GetString(), Is.EqualTo("acme"));
        Assert.That((await DoneAsync("object account")).Output, Has.Length.EqualTo(1));
        Assert.That((await RunAsync("object account other")).Code, Is.EqualTo(1));
    }

    [Test]
    public async Task Export_AndImportOfIt_AndFork_GiveTheSameStatistics()
    {
        await DoneAsync("""track email:a@b.c 'Placed Order' --value 5 --time 2026-01-01 --properties {"sku":"x"}""");
        await DoneAsync("relate email:a@b.c account acme member --time 2026-01-01");
        var document = Json((await DoneAsync("export email:a@b.c")).Text);
        Assert.That(document.GetProperty("events").GetArrayLength(), Is.EqualTo(1));
        Assert.That(document.GetProperty("relations").GetProperty("member").GetArrayLength(), Is.EqualTo(1));

        var file = Json((await DoneAsync($"export --format ndjson --to {Folder("out")}")).Text).GetProperty("file").GetString();
        await DoneAsync($"import {file} --format ndjson", "copy");
        await DoneAsync($"fork --to {Folder("fork")}");
        foreach (var store in new[] { "copy", "fork" })
        {
            var profile = Json((await DoneAsync("profile email:a@b.c", store)).Text);
            Assert.That(profile.GetProperty("metrics").GetProperty("Placed Order").GetProperty("sum").GetDouble(), Is.EqualTo(5));
            Assert.That((await DoneAsync("relations email:a@b.c", store)).Output, Has.Length.EqualTo(1));
            Assert.That((await RunAsync("verify", store)).Code, Is.Zero);
        }
    }

    [TestCase("export")]
    [TestCase("export email:a@b.c --to x")]
    [TestCase("export --to x --format nonsense")]
    [TestCase("consent email:a@b.c email maybe")]
    [TestCase("relate email:a@b.c account acme")]
    public async Task WrongUsage_EndsWith2(string line) => Assert.That((await RunAsync(line)).Code, Is.EqualTo(2));

    // What is written there would outlive an erasure.
    [TestCase("fork --to STORE/inside")]
    [TestCase("fork --to STORE/lane-0/inside")]
    [TestCase("fork --to STORE/../other/../store/inside")]
    [TestCase("export --to STORE")]
    [TestCase("export --to STORE/inside")]
    [TestCase("export --to STORE/inside --format csv")]
    [TestCase("export --to LINK/inside")]
    [TestCase("import - --format ndjson --rejects STORE/inside")]
    public async Task File_InTheDirectoryOfTheStore_IsRefused(string line)
    {
        await DoneAsync("track email:a@b.c 'Placed Order'");
        Directory.CreateSymbolicLink(Folder("link"), Folder("store"));
        var run = await RunAsync(line.Replace("STORE", Folder("store"), StringComparison.Ordinal).Replace("LINK", Folder("link"), StringComparison.Ordinal));
        Assert.That(run.Code, Is.Not.Zero);
        Assert.That(run.Error, Has.Length.EqualTo(1).And.One.Contains("the store's own directory"));
        Assert.That(
            Directory.EnumerateFileSystemEntries(Folder("store"), "*", SearchOption.AllDirectories).Select(Path.GetFileName),
            Has.None.EqualTo("inside").And.None.StartsWith("export.").And.None.StartsWith("events."));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private string Folder(string name) => Path.Combine(_folder, name);

    private Task<ShellRun> RunAsync(string line, string store = "store") =>
        ShellRun.OfAsync($"{line} --data {Folder(store)}");

    private async Task<ShellRun> DoneAsync(string line, string store = "store")
    {
        var run = await RunAsync(line, store);
        Assert.That(run.Code, Is.Zero, string.Join('\n', run.Error));
        return run;
    }
}
