using Klaviyo.Storage.Log;

namespace Klaviyo.Tests.Storage.Log;

[NonParallelizable] // Exceptions that nobody saw belong to the process.
public sealed class EventLogTests
{
    private StoreFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new StoreFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void Open_MissingDirectory_IsAnEmptyStore()
    {
        using var log = LogFixture.Open(_folder.Files, lanes: 2);

        Assert.That(log.Lanes, Has.Count.EqualTo(2));
        Assert.That(log.Lanes[0].Tail, Is.EqualTo(log.Lanes[0].Begin));
        Assert.That(log.Lanes[0].LastSequence, Is.Zero);
        Assert.That(log.Manifest.StoreId, Is.EqualTo(LogFixture.StoreId));
    }

    [Test]
    public async Task Reopen_AfterCommit_FindsEveryRecord()
    {
        using (var log = LogFixture.Open(_folder.Files))
        {
            LogFixture.Fill(log.Lanes[0], 1000);
            await log.CommitAsync();
        }

        using var again = LogFixture.Open(_folder.Files);
        Assert.That(LogFixture.CheckAll(again.Lanes[0]), Is.EqualTo(1000));
    }

    [Test]
    public async Task Reopen_ManyTimes_GoesOnWhereTheLastCommitEnded()
    {
        for (var turn = 0; turn < 30; turn++)
        {
            using var log = LogFixture.Open(_folder.Files, lanes: 2);
            Assert.That(LogFixture.CheckAll(log.Lanes[0]), Is.EqualTo(turn * 37));
            Assert.That(LogFixture.CheckAll(log.Lanes[1]), Is.EqualTo(turn / 2 * 11));
            LogFixture.Fill(log.Lanes[0], 37);
            LogFixture.Fill(log.Lanes[1], turn % 2 == 1 ? 11 : 0);
            await log.CommitAsync();
            LogFixture.Fill(log.Lanes[turn % 2], turn);
        }
    }

    [Test]
    public async Task Reopen_RecordsAfterTheCut_AreGoneInEveryLane()
    {
        using (var log = LogFixture.Open(_folder.Files, lanes: 3))
        {
            LogFixture.Fill(log.Lanes[0], 10);
            LogFixture.Fill(log.Lanes[2], 20);
            var cut = log.Cut();
            LogFixture.Fill(log.Lanes[0], 5);
            LogFixture.Fill(log.Lanes[1], 5);
            LogFixture.Fill(log.Lanes[2], 2000);
            await log.CommitAsync(cut);
            Assert.That(log.Durable, Is.SameAs(cut));
        }

        using var again = LogFixture.Open(_folder.Files);
        Assert.That(again.Lanes.Select(lane => LogFixture.CheckAll(lane)), Is.EqualTo(new long[] { 10, 0, 20 }));
    }

    [Test]
    public async Task Commit_OlderCut_IsDurableAlready()
    {
        using var log = LogFixture.Open(_folder.Files);
        LogFixture.Fill(log.Lanes[0], 1);
        var first = log.Cut();
        LogFixture.Fill(log.Lanes[0], 1);
        var second = log.Cut();

        await log.CommitAsync(second);
        await log.CommitAsync(first);

        Assert.That(log.Durable, Is.SameAs(second));
    }

    [Test]
    public async Task Commit_WhileAnotherThreadAppends_IsAConsistentPrefix()
    {
        var gate = new Lock();
        const int Count = 60_000;
        using (var log = LogFixture.Open(_folder.Files))
        {
            var lane = log.Lanes[0];
            var appending = Task.Run(() =>
            {
                for (var i = 0; i < Count; i++)
                {
                    lock (gate)
                    {
                        LogFixture.Fill(lane, 1, 50);
                    }
                }
            });
            while (!appending.IsCompleted)
            {
                LogCut cut;
                lock (gate)
                {
                    cut = log.Cut();
                }

                await log.CommitAsync(cut);
            }

            await appending;
            await log.CommitAsync();
        }

        using var again = LogFixture.Open(_folder.Files);
        Assert.That(LogFixture.CheckAll(again.Lanes[0], 50), Is.EqualTo(Count));
    }

    [Test]
    public void Open_Twice_IsRefusedUntilTheFirstIsClosed()
    {
        using (LogFixture.Open(_folder.Files))
        {
            Assert.That(
                () => LogFixture.Open(_folder.Files),
                Throws.TypeOf<StoreLockedException>().With.Property("Path").EqualTo(_folder.Path));
        }

        Assert.That(() => LogFixture.Open(_folder.Files).Dispose(), Throws.Nothing);
    }

    [Test]
    public async Task Commit_AfterDispose_IsRefused()
    {
        var log = LogFixture.Open(_folder.Files);
        LogFixture.Fill(log.Lanes[0], 1);
        var cut = log.Cut();
        log.Dispose();
        log.Dispose();

        Assert.That(async () => await log.CommitAsync(cut), Throws.TypeOf<ObjectDisposedException>());
        await Task.CompletedTask;
    }

    [Test]
    public void Open_ExistingStore_KeepsItsOwnLayout()
    {
        LogFixture.Open(_folder.Files, lanes: 3).Dispose();

        using var again = EventLog.Open(LogFixture.Options(_folder.Files) with
        {
            LaneCount = 1,
            StoreId = Guid.Empty,
            CreatedMs = 0,
            PageBytes = 8192,
        });

        Assert.That(again.Manifest, Is.EqualTo(LogFixture.Options(_folder.Files, lanes: 3).NewManifest()));
        Assert.That(again.Lanes, Has.Count.EqualTo(3));
    }

    [Test]
    public void Dispose_LeavesNoUnobservedException()
    {
        var unobserved = new List<string>();
        void Observe(object? sender, UnobservedTaskExceptionEventArgs e) => unobserved.Add(e.Exception.ToString());
        TaskScheduler.UnobservedTaskException += Observe;
        try
        {
            for (var i = 0; i < 10; i++)
            {
                LogFixture.Open(_folder.Files).Dispose();
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Observe;
        }

        Assert.That(unobserved.Where(text => text.Contains("FASTER", StringComparison.Ordinal)
            || text.Contains("Log has been disposed", StringComparison.Ordinal)), Is.Empty);
    }
}
