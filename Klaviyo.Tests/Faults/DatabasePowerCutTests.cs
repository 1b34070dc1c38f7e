using System.Globalization;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// P1, P2, P5, P6 for the whole database: the power of a simulated disk is cut at every step of short lives and at random
/// steps of long ones, while the store is made, opened, written, committed, checkpointed, closed. What the disk has kept is
/// opened, every answer is compared with a model, and the life goes on from there. KLAVIYO_SEEDS=10000 for many lives.
/// </summary>
public sealed class DatabasePowerCutTests
{
    private const int LivesOfAStore = 4;
    private const int ShortTurns = 6;
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    private static int Seeds =>
        int.TryParse(Environment.GetEnvironmentVariable("KLAVIYO_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : 60;

    [Test]
    public async Task PowerCut_AtRandomSteps_LosesNothingAcknowledged([Values(1, 2, 3)] int lanes)
    {
        for (var seed = lanes; seed <= Seeds; seed += 3)
        {
            await RunAsync(seed, lanes).WaitAsync(Watchdog);
        }
    }

    [Test]
    public async Task PowerCut_AtEveryStepOfAShortLife_LosesNothingAcknowledged([Values(1, 2)] int lanes)
    {
        var steps = await CountStepsAsync(lanes);
        Assert.That(steps, Is.GreaterThan(40));
        for (var step = 1; step <= steps; step++)
        {
            var disk = new SimulatedFiles(step) { CutAtStep = step };
            var life = new ScriptedLife(lanes, lanes);
            await life.LiveAsync(disk, turns: ShortTurns).WaitAsync(Watchdog);
            Assert.That(await life.CheckAsync(disk.AfterPowerCut()), Is.Null, $"{lanes} lanes, step {step}");
        }
    }

    /// <summary>The control: on a disk that does not sync what it writes, the same check must find a loss.</summary>
    [Test]
    public async Task PowerCut_OnADiskThatIgnoresSyncs_IsFoundOut() =>
        Assert.That(await CountLossesAsync(disk => new UnsyncedFiles(disk)), Is.GreaterThan(20));

    /// <summary>The control: where folders are not synced, new files are lost.</summary>
    [Test]
    public async Task PowerCut_OnADiskThatIgnoresSyncsOfFolders_IsFoundOut() =>
        Assert.That(await CountLossesAsync(disk => new UnsyncedFiles(disk) { SyncsFolders = false, SyncsFiles = true }), Is.GreaterThan(5));

    private static async Task<int> CountLossesAsync(Func<SimulatedFiles, UnsyncedFiles> lying)
    {
        var found = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var disk = new SimulatedFiles(seed);
            var life = new ScriptedLife(seed);
            await life.LiveAsync(lying(disk), turns: 15);
            found += await life.CheckAsync(disk.AfterPowerCut()) is null ? 0 : 1;
        }

        return found;
    }

    private static async Task RunAsync(int seed, int lanes)
    {
        var disk = new SimulatedFiles(seed);
        var story = new ScriptedLife(seed, lanes);
        var random = new Random(seed);
        for (var life = 0; life < LivesOfAStore; life++)
        {
            disk.CutAtStep = disk.Steps + random.Next(1, 200);
            await story.LiveAsync(disk, turns: 40);
            disk = disk.AfterPowerCut();
            Assert.That(await story.CheckAsync(disk), Is.Null, $"seed {seed}, {lanes} lanes, life {life}");
        }
    }

    private static async Task<long> CountStepsAsync(int lanes)
    {
        var disk = new SimulatedFiles(0);
        await new ScriptedLife(lanes, lanes).LiveAsync(disk, turns: ShortTurns);
        return disk.Steps;
    }
}
