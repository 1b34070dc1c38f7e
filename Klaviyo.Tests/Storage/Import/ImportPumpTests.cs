using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Klaviyo.Storage.Import;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Import;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ImportPumpTests
{
    private static readonly CsvFormat Csv = new(CsvMapping.Parse("""
        {"profile":{"external_id":"K"},"metric":{"column":"E"},"unique_id":"U","skip_when":{"E":"Skip"}}
        """));

    private readonly List<ImportProgress> _reports = [];
    private readonly RecordingSink _sink = new();

    [Test]
    public async Task Result_CountsEveryRecordOnce()
    {
        var result = await RunAsync("K,E,U\n1,A,u1\n1,A,u1\n2,Skip,\n3,Refuse,\n4,A\n5,A,\n");

        Assert.That(
            result with { FirstRejection = null },
            Is.EqualTo(new ImportResult { Accepted = 2, Duplicates = 1, Rejected = 2, Skipped = 1, Profiles = 2 }));
        Assert.That(result.FirstRejection, Is.EqualTo(new Rejection(5, "metric", "Not this one.")));
        Assert.That(_reports[^1] with { Bytes = 0 }, Is.EqualTo(new ImportProgress
        {
            Records = 6,
            Accepted = 2,
            Duplicates = 1,
            Rejected = 2,
            Skipped = 1,
            DurableRecords = 6,
            BytesTotal = 47,
        }));
        Assert.That(_reports[^1].Bytes, Is.EqualTo(47));
    }

    [Test]
    public async Task RecordOfSeveralWrites_CountsOnce()
    {
        const string Body = """
            {"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"external_id":"a"}},{"type":"profile","attributes":{"external_id":"b"}}]}},"relationships":{"lists":{"data":[{"type":"list","id":"L"}]}}}}
            """;
        var result = await RunAsync(Body, new ImportOptions { Format = new KlaviyoFormat() });
        Assert.That(result, Is.EqualTo(new ImportResult { Accepted = 2, Profiles = 2 }));
        Assert.That(_sink.Applied, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Rejects_CanBeReadBackAndImportedAgain()
    {
        using var rejects = new MemoryStream();
        var options = new ImportOptions { Format = Csv, Rejects = rejects, BatchSize = 1 };
        await RunAsync("K,E,U\n1,Refuse,\"a \"\"b\"\"\"\n2,A\n3,A,é\n4,\"x\n5,A,\n", options);

        var lines = Encoding.UTF8.GetString(rejects.ToArray()).TrimEnd('\n').Split('\n');
        Assert.That(lines[2], Does.EndWith("""
            "input":"4,\"x"}
            """));
        Assert.That(string.Join('\n', lines.Select(Shown)), Is.EqualTo(""""
            2 metric: Not this one. | 1,Refuse,"a ""b"""
            3 : The row has 2 fields, the header 3. | 2,A
            5 : A quote is not closed. | 4,"x
            """"));
        Assert.That(rejects.CanWrite, Is.True);
    }

    [Test]
    public async Task RejectedInput_IsCutAt64KiB()
    {
        using var rejects = new MemoryStream();
        await RunAsync(
            "K,E,U\n1," + new string('x', 100_000) + "\n",
            new ImportOptions { Format = Csv, Rejects = rejects });
        var input = JsonDocument.Parse(rejects.ToArray()).RootElement.GetProperty("input").GetString();
        Assert.That(input, Has.Length.EqualTo(64 * 1024));
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(4096)]
    public async Task Writes_AreAppliedInOrder(int batchSize)
    {
        var text = "K,E,U\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{i},A,\n"));
        await RunAsync(
            text,
            new ImportOptions { Format = Csv, BatchSize = batchSize, Progress = new Reports(_reports) });

        Assert.That(
            _sink.Applied.Select(w => int.Parse(w.Profile[0].Value, CultureInfo.InvariantCulture)),
            Is.EqualTo(Enumerable.Range(0, 10_000)));
        Assert.That(_reports.Select(r => r.Records), Is.Ordered);
        Assert.That(_reports.Select(r => r.DurableRecords), Is.Ordered);
        Assert.That(_reports.Select(r => r.Bytes), Is.Ordered);
    }

    // "An accepted event is one whose call returned (or whose batch reported it durable)."
    [Test]
    public async Task Durable_IsOnlyWhatWasAppliedBeforeACommitThatEnded()
    {
        var text = "K,E,U\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{i},A,\n"));
        var ended = 0;
        _sink.Commit = async () =>
        {
            var covered = _sink.Covered[^1];
            await Task.Yield();
            ended = covered;
        };
        var progress = new Reports(_reports, r => Assert.That(r.DurableRecords, Is.LessThanOrEqualTo(ended)));
        await RunAsync(text, new ImportOptions { Format = Csv, BatchSize = 10, Progress = progress });

        Assert.That(_reports[^1].DurableRecords, Is.EqualTo(1_000));
        Assert.That(_sink.Covered, Is.Ordered);
    }

    [Test]
    public async Task SlowSource_HasEachRecordDurable_BeforeTheNextIsSent()
    {
        var pipe = new Pipe();
        var durable = new SemaphoreSlim(0);
        var progress = new Reports(_reports, r =>
        {
            if (r.DurableRecords == r.Records)
            {
                durable.Release();
            }
        });
        using var pump = new ImportPump(
            pipe.Reader.AsStream(),
            _sink,
            new ImportOptions { Format = Csv, Progress = progress },
            new FakeTimeProvider());
        var run = pump.RunAsync(CancellationToken.None);
        await pipe.Writer.WriteAsync("K,E,U\n"u8.ToArray());
        for (var i = 0; i < 5; i++)
        {
            await pipe.Writer.WriteAsync("1,A,\n"u8.ToArray());
            await durable.WaitAsync();
            Assert.That(_reports[^1].DurableRecords, Is.EqualTo(i + 1));
        }

        await pipe.Writer.CompleteAsync();
        Assert.That((await run).Accepted, Is.EqualTo(5));
    }

    [Test]
    public async Task Commit_ThatTakesLong_DoesNotHoldUpApplying()
    {
        var text = "K,E,U\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{i},A,\n"));
        var end = new TaskCompletionSource();
        _sink.Commit = () => end.Task;
        var progress = new Reports(_reports, r =>
        {
            if (r.Records == 1_000)
            {
                end.TrySetResult();
            }
        });
        await RunAsync(text, new ImportOptions { Format = Csv, BatchSize = 10, Progress = progress });

        Assert.That(_sink.Covered, Has.Count.EqualTo(2), "One for all that was applied during the first.");
        Assert.That(_sink.Covered[0], Is.InRange(1, 40));
        Assert.That(_reports.First(r => r.DurableRecords > 0).DurableRecords, Is.EqualTo(_sink.Covered[0]));
        Assert.That(_reports[^1].DurableRecords, Is.EqualTo(1_000));
    }

    [Test]
    public void Source_ThatFails_IsReported_AfterWhatWasReadIsDurable()
    {
        var source = new FailingStream("K,E,U\n1,A,\n2,A,\n"u8.ToArray());
        var options = new ImportOptions { Format = Csv, Progress = new Reports(_reports) };
        Assert.That(
            async () => await RunAsync(source, options, CancellationToken.None),
            Throws.InstanceOf<IOException>().With.Message.EqualTo("Unplugged."));
        Assert.That(_reports[^1].DurableRecords, Is.EqualTo(2));
    }

    [Test]
    public void Sink_ThatFails_IsReported()
    {
        Assert.That(
            async () => await RunAsync("K,E,U\n1,A,\n2,Throw,\n3,A,\n"),
            Throws.InstanceOf<IOException>().With.Message.EqualTo("The disk failed."));
        Assert.That(_reports.Select(r => r.DurableRecords), Has.All.Zero);
    }

    [Test]
    public void Commit_ThatFails_IsReported()
    {
        _sink.Commit = () => Task.FromException(new IOException("The disk failed."));
        Assert.That(async () => await RunAsync("K,E,U\n1,A,\n"), Throws.InstanceOf<IOException>());
        Assert.That(_reports.Select(r => r.DurableRecords), Has.All.Zero);
    }

    [Test]
    public void MissingColumn_IsReported_AndNothingIsStored()
    {
        Assert.That(async () => await RunAsync("K,X,U\n1,A,\n"), Throws.TypeOf<DefinitionException>());
        Assert.That(_sink.Applied, Is.Empty);
    }

    [Test]
    public async Task Import_ThatIsCancelled_Ends()
    {
        var pipe = new Pipe();
        using var cancellation = new CancellationTokenSource();
        using var pump = new ImportPump(
            pipe.Reader.AsStream(),
            _sink,
            new ImportOptions { Format = Csv },
            new FakeTimeProvider());
        var run = pump.RunAsync(cancellation.Token);
        await pipe.Writer.WriteAsync("K,E,U\n1,A,\n"u8.ToArray());
        await cancellation.CancelAsync();

        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Stream_StaysOpen()
    {
        using var stream = new MemoryStream("K,E,U\n"u8.ToArray());
        await RunAsync(stream, new ImportOptions { Format = Csv }, CancellationToken.None);
        Assert.That(stream.CanRead, Is.True);
    }

    [Test]
    public async Task Backfill_HoldsForEveryEvent()
    {
        await RunAsync("K,E,U\n1,A,\n", new ImportOptions { Format = Csv, Backfill = true });
        Assert.That(_sink.Applied, Has.All.Matches<CustomerWrite>(w => w is CustomerEvent { Backfill: true }));
    }

    [TestCase(0)]
    [TestCase(1_000_001)]
    public void BatchSize_OutsideItsRange_IsRefused(int size)
    {
        Assert.That(
            () => new ImportPump(Stream.Null, _sink, new ImportOptions { Format = Csv, BatchSize = size }, new FakeTimeProvider()),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private Task<ImportResult> RunAsync(string text) =>
        RunAsync(text, new ImportOptions { Format = Csv, Progress = new Reports(_reports) });

    private Task<ImportResult> RunAsync(string text, ImportOptions options) =>
        RunAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), options, CancellationToken.None);

    private async Task<ImportResult> RunAsync(Stream stream, ImportOptions options, CancellationToken cancellation)
    {
        using var pump = new ImportPump(stream, _sink, options, new FakeTimeProvider());
        return await pump.RunAsync(cancellation);
    }

    private static string Shown(string reject)
    {
        using var document = JsonDocument.Parse(reject);
        var json = document.RootElement;
        return $"{json.GetProperty("line")} {json.GetProperty("field")}: {json.GetProperty("reason")} | {json.GetProperty("input")}";
    }

    private sealed class Reports(List<ImportProgress> reports, Action<ImportProgress>? check = null) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value)
        {
            reports.Add(value);
            check?.Invoke(value);
        }
    }

    private sealed class FailingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            return Position == Length
                ? ValueTask.FromException<int>(new IOException("Unplugged."))
                : base.ReadAsync(buffer, cancellationToken);
        }
    }
}
