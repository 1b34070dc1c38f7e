namespace Klaviyo.Tests.Faults;

/// <summary>
/// P1, P2: what was acknowledged survives a power cut; what is found is a prefix of what was appended, at least up to
/// the last acknowledgement, without a hole, in all lanes together. The method: cut the power of a simulated disk at a
/// step, open what is left, compare, and go on with what is left.
/// </summary>
public sealed class PowerCutTests
{
    private const int Lives = 3;
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    [Test]
    public async Task PowerCut_AtRandomSteps_LeavesTheAcknowledgedOrTheNextCut([Range(1, 10)] int block)
    {
        for (var seed = block * 100; seed < (block * 100) + 40; seed++)
        {
            await RunAsync(seed).WaitAsync(Watchdog);
        }
    }

    [Test]
    public async Task PowerCut_AtEveryStepOfAShortLife_LeavesTheAcknowledgedOrTheNextCut([Values(1, 2)] int lanes)
    {
        var steps = await CountStepsAsync(lanes);
        Assert.That(steps, Is.GreaterThan(30));
        for (var step = 1; step <= steps; step++)
        {
            for (var seed = 0; seed < 4; seed++)
            {
                var disk = new SimulatedFiles((step * 10) + seed) { CutAtStep = step };
                var run = new StoreLife(seed, lanes);
                await run.LiveAsync(disk, turns: 12).WaitAsync(Watchdog);
                Assert.That(run.Check(disk.AfterPowerCut()), Is.Null, $"step {step}");
            }
        }
    }

    /// <summary>The control: on a disk that does not sync, the same check must find a loss.</summary>
    [Test]
    public async Task PowerCut_OnADiskThatIgnoresSyncs_IsFoundOut([Values(1, 2)] int lanes)
    {
        var found = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var disk = new SimulatedFiles(seed);
            var run = new StoreLife(seed, lanes);
            await run.LiveAsync(new UnsyncedFiles(disk), turns: 20);
            found += run.Check(disk.AfterPowerCut()) is null ? 0 : 1;
        }

        Assert.That(found, Is.GreaterThan(20));
    }

    private static async Task RunAsync(int seed)
    {
        var disk = new SimulatedFiles(seed);
        var run = new StoreLife(seed, lanes: 1 + (seed % 2));
        var random = new Random(seed);
        for (var life = 0; life < Lives; life++)
        {
            disk.CutAtStep = random.Next(1, 120);
            await run.LiveAsync(disk, turns: 60);
            disk = disk.AfterPowerCut();
            Assert.That(run.Check(disk), Is.Null);
        }
    }

    private static async Task<long> CountStepsAsync(int lanes)
    {
        var disk = new SimulatedFiles(0);
        await new StoreLife(0, lanes).LiveAsync(disk, turns: 12);
        return disk.Steps;
    }
}
