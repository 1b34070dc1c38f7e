using Klaviyo.Storage.Log;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// P4: after a fault of the disk the store acknowledges nothing that is not durable, refuses writes, still reads, and a
/// reopen is clean. The method: every kind of call on every kind of file fails at its n-th time.
/// </summary>
public sealed class DiskFaultTests
{
    private const int Turns = 40;
    private static readonly bool[] Booleans = [false, true];
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(5);

    private static IEnumerable<TestCaseData> Plans()
    {
        (FileCall Call, string Name, int Times)[] calls =
        [
            (FileCall.Create, "superblock", 1), (FileCall.Create, "STORE", 1), (FileCall.Create, "lane-0", 2),
            (FileCall.Create, "lane-1", 2), (FileCall.Open, "STORE", 3), (FileCall.Open, "superblock", 3),
            (FileCall.Open, "lane-0", 3), (FileCall.Length, "lane-0", 3), (FileCall.Length, "superblock", 2),
            (FileCall.Write, "STORE", 1), (FileCall.Write, "superblock", 12), (FileCall.Write, "lane-0", 20),
            (FileCall.Write, "lane-1", 20), (FileCall.Sync, "STORE", 1), (FileCall.Sync, "superblock", 6), (FileCall.Sync, "lane-0", 12),
            (FileCall.SetLength, "STORE", 1), (FileCall.SetLength, "superblock", 1), (FileCall.Rename, "STORE", 1),
            (FileCall.SyncDirectory, "lane-0", 2), (FileCall.SyncDirectory, "", 6),
        ];
        return from call in calls
               from nth in Enumerable.Range(1, call.Times)
               from forEver in Booleans
               from kind in Kinds(call.Call)
               from lanes in new[] { 1, 2 }
               where lanes == 2 || call.Name != "lane-1"
               select new TestCaseData(new FaultPlan(call.Call, call.Name, nth, forEver, kind), lanes);
    }

    private static FaultKind[] Kinds(FileCall call) =>
        call == FileCall.Write ? [FaultKind.Error, FaultKind.Half] : [FaultKind.Error];

    [TestCaseSource(nameof(Plans))]
    public async Task Fault_Anywhere_LosesNothingAcknowledged(FaultPlan plan, int lanes)
    {
        var disk = new SimulatedFiles(plan.Nth);
        var life = new StoreLife(plan.Nth, lanes) { ReadsAfterFault = true };

        await life.LiveAsync(new FaultyFiles(disk, plan), Turns).WaitAsync(Watchdog);

        Assert.That(plan.HasStruck, Is.True, "the plan tests nothing");
        Assert.That(life.Problem, Is.Null);
        Assert.That(life.Check(disk), Is.Null);
        await life.LiveAsync(disk, Turns).WaitAsync(Watchdog);
        Assert.That(life.Check(disk), Is.Null);
    }

    [Test]
    public async Task Write_ThatIsReportedButNotDone_IsFoundAtTheLatestByReading([Range(1, 25)] int nth, [Values(1, 2)] int lanes)
    {
        var disk = new SimulatedFiles(nth);
        var plan = new FaultPlan(FileCall.Write, "lane-0", nth, Kind: FaultKind.Lie);
        var life = new StoreLife(nth, lanes) { TurnsAReopen = int.MaxValue };
        await life.LiveAsync(new FaultyFiles(disk, plan), Turns).WaitAsync(Watchdog);

        // The next write to the same sector may have made it good; what must not be is another answer.
        try
        {
            Assert.That(life.Verify(disk), Is.Null);
        }
        catch (StoreCorruptedException e)
        {
            Assert.That(e.File, Does.StartWith("lane-0/log."));
        }

        Assert.That(plan.HasStruck, Is.True);
    }

    [Test]
    public async Task Append_WhileThePagesCannotBeWritten_FailsInsteadOfWaitingForEver()
    {
        var disk = new SimulatedFiles(0);
        var plan = new FaultPlan(FileCall.Write, "lane-0", 3, ForEver: true);
        using var log = LogFixture.Open(new FaultyFiles(disk, plan));
        var lane = log.Lanes[0];

        var appending = Task.Run(() => LogFixture.Fill(lane, 1_000_000));

        Assert.That(async () => await appending.WaitAsync(Watchdog), Throws.TypeOf<StorePoisonedException>());
        Assert.That(log.Fault!.InnerException, Is.TypeOf<InjectedFaultException>());
        Assert.That(LogFixture.CheckAll(lane), Is.GreaterThan(500));
        await Task.CompletedTask;
    }

    [Test]
    public async Task Fault_OfOneLane_PoisonsTheOthers()
    {
        var disk = new SimulatedFiles(0);
        using var log = LogFixture.Open(new FaultyFiles(disk, new FaultPlan(FileCall.Write, "lane-1", 1)), lanes: 2);
        LogFixture.Fill(log.Lanes[0], 3);
        LogFixture.Fill(log.Lanes[1], 3);

        Assert.That(async () => await log.CommitAsync(), Throws.TypeOf<StorePoisonedException>());
        Assert.That(() => log.Lanes[0].Append(1, []), Throws.TypeOf<StorePoisonedException>());
        Assert.That(log.Lanes.Select(lane => LogFixture.CheckAll(lane)), Is.EqualTo(new long[] { 3, 3 }));
        await Task.CompletedTask;
    }

    [Test]
    public async Task Fault_WhileAnotherLaneHangs_EndsTheCommit()
    {
        var hang = new FaultPlan(FileCall.Write, "lane-0", 1, Kind: FaultKind.Hang);
        var error = new FaultPlan(FileCall.Write, "lane-1", 1, Kind: FaultKind.Hang);
        using var log = LogFixture.Open(new FaultyFiles(new FaultyFiles(new SimulatedFiles(0), hang), error), lanes: 2);
        LogFixture.Fill(log.Lanes[0], 3);
        LogFixture.Fill(log.Lanes[1], 3);
        try
        {
            var commit = Task.Run(log.CommitAsync);
            Assert.That(hang.Hanging.Wait(Watchdog) && error.Hanging.Wait(Watchdog), Is.True);
            error.Release.Set();
            Assert.That(async () => await commit.WaitAsync(Watchdog), Throws.TypeOf<StorePoisonedException>());
        }
        finally
        {
            hang.Release.Set();
        }

        await Task.CompletedTask;
    }

    [Test]
    public async Task Fault_WithMorePagesWaiting_WritesNoneOfThem()
    {
        var plan = new FaultPlan(FileCall.Write, "lane-0", 1, Kind: FaultKind.Hang);
        using (var log = LogFixture.Open(new FaultyFiles(new SimulatedFiles(0), plan)))
        {
            LogFixture.Fill(log.Lanes[0], 3 * LogFixture.PageBytes / LogLayout.SpaceOf(200));
            plan.Hanging.Wait(Watchdog);
            plan.Release.Set();
            Assert.That(async () => await log.CommitAsync().WaitAsync(Watchdog), Throws.TypeOf<StorePoisonedException>());
        }

        Assert.That(plan.CallsAfter, Is.Zero);
        await Task.CompletedTask;
    }

    [Test]
    public async Task Fault_EveryException_CarriesTheFirstCause()
    {
        var disk = new SimulatedFiles(0);
        var plan = new FaultPlan(FileCall.Write, "superblock", 3, ForEver: true);
        using var log = LogFixture.Open(new FaultyFiles(disk, plan));
        LogFixture.Fill(log.Lanes[0], 1);

        for (var i = 0; i < 3; i++)
        {
            Assert.That(
                async () => await log.CommitAsync(),
                Throws.TypeOf<StorePoisonedException>().With.InnerException.SameAs(log.Fault?.InnerException)
                    .Or.InnerException.TypeOf<InjectedFaultException>());
        }

        await Task.CompletedTask;
    }

    [Test]
    public async Task ReadFault_DoesNotPoison()
    {
        var disk = new SimulatedFiles(0);
        List<LogAddress> addresses;
        using (var log = LogFixture.Open(disk))
        {
            addresses = LogFixture.Fill(log.Lanes[0], 10);
            await log.CommitAsync();
        }

        // Five reads belong to the open: two behind the end, one of the last page, one of FASTER.
        var plan = new FaultPlan(FileCall.Read, "lane-0", 5);
        using var again = LogFixture.Open(new FaultyFiles(disk, plan));
        var buffer = new byte[512];
        Assert.That(() => again.Lanes[0].Read(addresses[0], ref buffer), Throws.TypeOf<InjectedFaultException>());
        Assert.That(again.Lanes[0].Read(addresses[0], ref buffer).Sequence, Is.EqualTo(1));
        Assert.That(again.Fault, Is.Null);
        Assert.That(() => again.Lanes[0].Append(1, []), Throws.Nothing);
    }
}
