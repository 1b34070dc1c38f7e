using Klaviyo.Tests.Samples;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Promises;

// P3 as a person meets it: whatever command meets damage says in one line which file and where, and ends with 1. Damage of
// what is derived changes no answer.
public sealed class P3_DamageInTheShellTests
{
    private StoreFolder _folder = null!;
    private string _answer = "";

    [SetUp]
    public async Task Create()
    {
        _folder = new StoreFolder();
        for (var i = 0; i < 4; i++)
        {
            await RunAsync($"track external_id:1 'Placed Order' --value {i} --properties '{{\"city\":\"Paris\"}}'");
        }

        _answer = (await AskAsync()).Text;
        Assert.That(_answer, Does.Contain("6"));
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [TestCase("STORE", 20, "STORE.copy")]
    [TestCase("lane-0/log.0", 80)]
    public async Task Damage_OfTheTruth_IsToldInOneLine(string file, int offset, string? copy = null)
    {
        Flip(file, offset);
        if (copy is not null)
        {
            Flip(copy, offset);
        }

        var verified = await RunAsync("verify");
        Assert.That(verified.Code, Is.EqualTo(1));
        Assert.That(verified.Error, Has.Length.EqualTo(1).And.Some.Contains($"file {file}, offset"));
        var asked = await RunAsync("events external_id:1");
        Assert.That(asked.Code, Is.EqualTo(1));
        Assert.That(asked.Error, Has.Length.EqualTo(1).And.Some.Contains($"file {file}, offset"));
    }

    [Test]
    public async Task Damage_OfTheWholeSuperblock_IsToldInOneLine()
    {
        await File.WriteAllBytesAsync(_folder.Name("superblock"), new byte[8192]);

        var verified = await RunAsync("verify");
        Assert.That(verified.Code, Is.EqualTo(1));
        Assert.That(verified.Error, Has.Length.EqualTo(1).And.Some.Contains("file superblock, offset"));
    }

    [Test]
    public async Task Damage_OfARecord_LeavesTheRestToBeReadOnRequest()
    {
        Flip("lane-0/log.0", 80);

        var asked = await AskAsync(" --salvage");
        Assert.That((asked.Code, asked.Text), Is.EqualTo((0, _answer)), "as the checkpoint has it");
        Assert.That(asked.Error, Has.Length.EqualTo(1).And.Some.Contains("file lane-0/log.0, offset"));
        Assert.That((await RunAsync("verify --salvage")).Code, Is.EqualTo(1));
        Assert.That((await RunAsync("track external_id:1 'Placed Order' --salvage")).Code, Is.EqualTo(2));
        var copy = Path.Combine(_folder.Path, "..", "export");
        Assert.That((await RunAsync($"export --to '{copy}' --salvage")).Code, Is.Zero);
    }

    [Test]
    public async Task Damage_OfEveryDerivedFile_ChangesNoAnswer()
    {
        var truth = new[] { "STORE", "superblock", "LOCK", Path.Combine("lane-0", "log.0") };
        var derived = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(_folder.Path, path))
            .Except(truth)
            .ToList();
        Assert.That(derived, Is.Not.Empty);
        foreach (var file in derived)
        {
            Flip(file, 40);
        }

        Assert.That((await AskAsync()).Text, Is.EqualTo(_answer));
    }

    [Test]
    public async Task Damage_OfTheManifest_IsMendedFromItsCopy()
    {
        var whole = await File.ReadAllBytesAsync(_folder.Name("STORE"));
        Flip("STORE", 20);

        var salvaged = await AskAsync(" --salvage");
        Assert.That((salvaged.Code, salvaged.Text), Is.EqualTo((0, _answer)));
        Assert.That(salvaged.Error, Has.Length.EqualTo(1).And.Some.StartsWith("STORE: "));
        Assert.That(await File.ReadAllBytesAsync(_folder.Name("STORE")), Is.Not.EqualTo(whole), "a salvage writes nothing");
        Assert.That((await AskAsync()).Text, Is.EqualTo(_answer));
        Assert.That(await File.ReadAllBytesAsync(_folder.Name("STORE")), Is.EqualTo(whole));
    }

    private void Flip(string file, int offset)
    {
        var bytes = File.ReadAllBytes(_folder.Name(file));
        bytes[offset] ^= 4;
        File.WriteAllBytes(_folder.Name(file), bytes);
    }

    private Task<ShellRun> AskAsync(string options = "") =>
        RunAsync($"aggregate external_id:1 --metric 'Placed Order' --measure count,sum{options}");

    private Task<ShellRun> RunAsync(string line) => ShellRun.OfAsync($"{line} --data '{_folder.Path}'");
}
