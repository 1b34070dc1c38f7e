namespace Klaviyo.Tests.Faults;

/// <summary>
/// P1 to P6 under the fault matrix: kind of file × call × n-th × fault, with a watchdog. The kinds of files and calls are
/// those that a life of a store makes, so a new kind of file is met without a change here. KLAVIYO_MATRIX=all takes every
/// n; otherwise the first, the last and one between.
/// </summary>
public sealed class FaultMatrixTests
{
    private const int Turns = 25;
    private const int TurnsAfter = 6;
    private const int Seed = 12;
    private const string ColdFile = "lane-N/cold.N";
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    private static readonly FileCall[] Changing =
        [FileCall.Create, FileCall.Write, FileCall.Sync, FileCall.SetLength, FileCall.Rename, FileCall.SyncDirectory];

    private static readonly FileCall[] Deniable =
        [FileCall.Write, FileCall.Read, FileCall.SetLength, FileCall.Rename, FileCall.Delete];

    private static bool IsWhole => Environment.GetEnvironmentVariable("KLAVIYO_MATRIX") == "all";

    /// <summary>An honest fault: nothing acknowledged is lost, no answer is wrong, a reopening is clean.</summary>
    [TestCase(FaultKind.Error, false)]
    [TestCase(FaultKind.Error, true)]
    [TestCase(FaultKind.Full, false)]
    [TestCase(FaultKind.Full, true)]
    [TestCase(FaultKind.Half, false)]
    [TestCase(FaultKind.Slow, false)]
    public Task Fault_Anywhere_LosesNothingAcknowledged(FaultKind kind, bool forEver)
    {
        FileCall[] calls = kind switch
        {
            FaultKind.Full => Changing,
            FaultKind.Half => [FileCall.Write],
            _ => Enum.GetValues<FileCall>(),
        };
        return ForAllAsync(kind, calls, forEver, FindProblemAsync);
    }

    /// <summary>A disk that lies: what is there is a whole number of steps, or the damage is said.</summary>
    [TestCase(FaultKind.Lie)]
    [TestCase(FaultKind.Misdirected)]
    public Task Lie_Anywhere_GivesNoWrongAnswer(FaultKind kind)
    {
        FileCall[] calls = kind == FaultKind.Lie ? Deniable : [FileCall.Write, FileCall.Read];
        return ForAllAsync(kind, calls, forEver: false, FindProblemOfLieAsync);
    }

    /// <summary>A file that ends too early.</summary>
    [Test]
    public Task ShortRead_Anywhere_GivesNoWrongAnswer() =>
        ForAllAsync(FaultKind.Half, [FileCall.Read], forEver: false, FindProblemOfLieAsync);

    /// <summary>A call that does not return: what waits for it goes on when it does, with or without success.</summary>
    [TestCase(FaultKind.Pause)]
    [TestCase(FaultKind.Hang)]
    public Task Hang_Anywhere_EndsWithTheCall(FaultKind kind) =>
        ForAllAsync(kind, Enum.GetValues<FileCall>(), forEver: false, FindProblemOfHangAsync);

    /// <summary>
    /// A cold file that cannot be read at one time: what was applied since must not be lost from memory, and from there from
    /// the closing checkpoint.
    /// </summary>
    [TestCase(FaultKind.Error)]
    [TestCase(FaultKind.Lie)]
    [TestCase(FaultKind.Misdirected)]
    [TestCase(FaultKind.Half)]
    public Task Fault_OfReadingAColdFile_LosesNothing(FaultKind kind)
    {
        return ForAllAsync(
            kind,
            kind is FaultKind.Lie or FaultKind.Misdirected ? [FileCall.Read, FileCall.Write] : [FileCall.Read],
            forEver: false,
            kind == FaultKind.Error ? FindProblemAsync : FindProblemOfLieAsync,
            ofColdFiles: true);
    }

    private static async Task ForAllAsync(
        FaultKind kind,
        FileCall[] calls,
        bool forEver,
        Func<FaultPlan, Task<string?>> findProblemAsync,
        bool ofColdFiles = false)
    {
        var (plans, problems) = (await PlansAsync(kind, calls, forEver), new List<string>());
        plans.RemoveAll(plan => IsOfColdFile(plan) != ofColdFiles);
        foreach (var plan in plans)
        {
            if (await ProblemAsync(plan, findProblemAsync) is { } problem)
            {
                problems.Add($"{plan}: {problem}");
            }
        }

        Assert.That(problems, Is.Empty, $"of {plans.Count} faults");

        // The last call of a kind may not come where the pool writes two pages as one.
        Assert.That(plans.Count(p => p.HasStruck), Is.GreaterThan(plans.Count / 2), "the plans test nothing");
        await TestContext.Out.WriteLineAsync($"{plans.Count} faults");
    }

    private static bool IsOfColdFile(FaultPlan plan) =>
        plan.Name == ColdFile && (plan.Kind is FaultKind.Lie or FaultKind.Misdirected || plan is { Call: FileCall.Read, Kind: FaultKind.Error or FaultKind.Half });

    // Whatever else than the typed exceptions comes out is a problem too, and belongs to its plan.
    private static async Task<string?> ProblemAsync(FaultPlan plan, Func<FaultPlan, Task<string?>> findProblemAsync)
    {
        try
        {
            return await findProblemAsync(plan);
        }
#pragma warning disable CA1031 // The edge of a plan: the next one is tried, and all are told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.ToString();
        }
    }

    private static async Task<List<FaultPlan>> PlansAsync(FaultKind kind, FileCall[] calls, bool forEver)
    {
        var nothing = FaultPlan.Nothing;
        await new ScriptedLife(Seed).LiveAsync(new FaultyFiles(new SimulatedFiles(Seed), nothing), Turns);
        return [.. from seen in nothing.Seen
                   where calls.Contains(seen.Key.Call)
                   orderby seen.Key.Kind, seen.Key.Call
                   from nth in Numbers(seen.Value)
                   select new FaultPlan(seen.Key.Call, seen.Key.Kind, nth, forEver, kind)];
    }

    private static IEnumerable<int> Numbers(int count) =>
        IsWhole ? Enumerable.Range(1, count) : new[] { 1, (count + 1) / 2, count }.Distinct();

    private static async Task<string?> FindProblemAsync(FaultPlan plan)
    {
        var disk = new SimulatedFiles(Seed);
        var life = new ScriptedLife(Seed) { ReadsAfterFault = true };
        await life.LiveAsync(new FaultyFiles(disk, plan), Turns).WaitAsync(Watchdog);
        return life.Problem ?? (life.End is StoreCorruptedException ? $"said to be damage: {life.End.Message}" : null)
            ?? await GoOnAsync(life, disk);
    }

    // Reopened without the fault: all is there, and work goes on.
    private static async Task<string?> GoOnAsync(ScriptedLife life, SimulatedFiles disk)
    {
        if (await life.CheckAsync(disk).WaitAsync(Watchdog) is { } problem)
        {
            return problem;
        }

        await life.LiveAsync(disk, TurnsAfter).WaitAsync(Watchdog);
        return life.End?.Message ?? await life.CheckAsync(disk).WaitAsync(Watchdog);
    }

    private static async Task<string?> FindProblemOfLieAsync(FaultPlan plan)
    {
        var disk = new SimulatedFiles(Seed);
        var life = new ScriptedLife(Seed);
        await life.LiveAsync(new FaultyFiles(disk, plan), Turns).WaitAsync(Watchdog);
        life.ExpectNothing();
        try
        {
            // A lost superblock leaves a checkpoint that is ahead of it, and verifying tells so.
            return await life.VerifyAsync(disk).WaitAsync(Watchdog) is { } problem && !StoreFiles.IsAboutDerived(disk, problem)
                ? problem
                : null;
        }
        catch (StoreCorruptedException damage)
        {
            return damage.File.Length > 0 ? null : "the damage has no file";
        }
    }

    private static async Task<string?> FindProblemOfHangAsync(FaultPlan plan)
    {
        var disk = new SimulatedFiles(Seed);
        var life = new ScriptedLife(Seed);
        var living = Task.Run(() => life.LiveAsync(new FaultyFiles(disk, plan), Turns));
        try
        {
            await Task.WhenAny(living, Task.Run(() => plan.Hanging.Wait(Watchdog))).WaitAsync(Watchdog);
        }
        finally
        {
            plan.Release.Set();
        }

        await living.WaitAsync(Watchdog);
        return await GoOnAsync(life, disk);
    }
}
