using Klaviyo.Storage.Log;

namespace Klaviyo.Tests.Storage.Log;

public sealed class LaneLogTests
{
    private StoreFolder _folder = null!;
    private byte[] _buffer = [];

    [SetUp]
    public void Create() => _folder = new StoreFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Read_FlushedAndUnflushed_GivesWhatWasAppended()
    {
        using var log = LogFixture.Open(_folder.Files);
        var lane = log.Lanes[0];
        var addresses = LogFixture.Fill(lane, 500);
        await log.CommitAsync();
        addresses.AddRange(LogFixture.Fill(lane, 5000));

        var buffer = Array.Empty<byte>();
        for (var i = 0; i < addresses.Count; i++)
        {
            var record = lane.Read(addresses[i], ref buffer);
            Assert.That(record.Sequence, Is.EqualTo(i + 1));
            Assert.That(record.Payload.Span.SequenceEqual(LogFixture.Payload(i + 1)), Is.True);
        }
    }

    [Test]
    public async Task Read_AfterReopenOnAHalfFullPage_SeesBothSidesOfTheOpen()
    {
        List<LogAddress> addresses;
        using (var log = LogFixture.Open(_folder.Files))
        {
            addresses = LogFixture.Fill(log.Lanes[0], 100);
            await log.CommitAsync();
        }

        using var again = LogFixture.Open(_folder.Files);
        var lane = again.Lanes[0];
        addresses.AddRange(LogFixture.Fill(lane, 20));

        Assert.That(addresses.Select(a => lane.Read(a, ref _buffer).Sequence), Is.EqualTo(Enumerable.Range(1, 120)));
        Assert.That(LogFixture.CheckAll(lane), Is.EqualTo(120));
        await again.CommitAsync();
        Assert.That(LogFixture.CheckAll(lane), Is.EqualTo(120));
    }

    [Test]
    public async Task Append_AcrossPagesAndSegments_IsReadBack([Values(0, 1, 7, 44, 3000, 40_000, 65_516)] int bytes)
    {
        var count = Math.Min(5000, (5 * LogFixture.SegmentBytes / (bytes + 20)) + 1);
        using (var log = LogFixture.Open(_folder.Files))
        {
            LogFixture.Fill(log.Lanes[0], count, bytes);
            Assert.That(LogFixture.CheckAll(log.Lanes[0], bytes), Is.EqualTo(count));
            await log.CommitAsync();
            Assert.That(LogFixture.CheckAll(log.Lanes[0], bytes), Is.EqualTo(count));
        }

        using var again = LogFixture.Open(_folder.Files);
        Assert.That(LogFixture.CheckAll(again.Lanes[0], bytes), Is.EqualTo(count));
        LogFixture.Fill(again.Lanes[0], count, bytes);
        await again.CommitAsync();
        Assert.That(LogFixture.CheckAll(again.Lanes[0], bytes), Is.EqualTo(2 * count));
    }

    [Test]
    public async Task Append_ExactlyToTheEndOfAPage_GoesOnAtTheNext()
    {
        var first = LogFixture.PageBytes - (int)LogLayout.FirstAddress - RecordHeader.EntryBytes;
        using (var log = LogFixture.Open(_folder.Files))
        {
            var lane = log.Lanes[0];
            lane.Append(1, new byte[first]);
            Assert.That(lane.Tail.Value, Is.EqualTo(LogFixture.PageBytes));
            await log.CommitAsync();
        }

        using var again = LogFixture.Open(_folder.Files);
        Assert.That(again.Lanes[0].Append(2, [1, 2, 3]).Value, Is.EqualTo(LogFixture.PageBytes));
        await again.CommitAsync();
        Assert.That(again.Lanes[0].Read(new(LogFixture.PageBytes), ref _buffer).Sequence, Is.EqualTo(2));
    }

    [Test]
    public void Append_LongerThanAPage_IsRefused()
    {
        using var log = LogFixture.Open(_folder.Files);
        var lane = log.Lanes[0];

        var limit = lane.PayloadBytesMax;
        Assert.That(() => lane.Append(1, new byte[limit + 1]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => lane.Append(1, new byte[limit]), Throws.Nothing);
        Assert.That(lane.LastSequence, Is.EqualTo(1));
    }

    [Test]
    public void Read_OutsideTheLog_IsRefused([Values(0, 60, 66, 100_000)] long address)
    {
        using var log = LogFixture.Open(_folder.Files);
        LogFixture.Fill(log.Lanes[0], 3);

        Assert.That(() => log.Lanes[0].Read(new(address), ref _buffer), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Scan_FromTheMiddle_ContinuesTheSequence()
    {
        using var log = LogFixture.Open(_folder.Files);
        var addresses = LogFixture.Fill(log.Lanes[0], 900);

        var sequences = new List<long>();
        foreach (var record in log.Lanes[0].Scan(addresses[400], addresses[700]))
        {
            sequences.Add(record.Sequence);
        }

        Assert.That(sequences, Is.EqualTo(Enumerable.Range(401, 300)));
    }

    [Test]
    public async Task Readers_WhileTheWriterLapsTheRing_NeverSeeAnotherRecord()
    {
        using var log = LogFixture.Open(_folder.Files);
        var lane = log.Lanes[0];
        var addresses = new LogAddress[40_000];
        var written = 0;
        var readers = Enumerable.Range(0, 2).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            byte[] buffer = [];
            while (Volatile.Read(ref written) < addresses.Length)
            {
                var limit = Volatile.Read(ref written);
                if (limit > 0)
                {
                    var i = Math.Max(0, limit - 1 - random.Next(2500));
                    Assert.That(lane.Read(addresses[i], ref buffer).Sequence, Is.EqualTo(i + 1));
                }
            }
        })).ToArray();

        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = lane.Append(0, LogFixture.Payload(i, 100));
            Volatile.Write(ref written, i + 1);
        }

        await Task.WhenAll(readers);
    }

    [Test]
    public void Append_AndRead_AllocateNothing()
    {
        using var log = LogFixture.Open(_folder.Files);
        var lane = log.Lanes[0];
        var payload = LogFixture.Payload(1);
        var buffer = new byte[1024];
        var address = lane.Append(1, payload);
        lane.Read(address, ref buffer);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            lane.Append(1, payload);
            lane.Read(address, ref buffer);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
