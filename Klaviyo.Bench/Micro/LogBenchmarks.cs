using BenchmarkDotNet.Attributes;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;

namespace Klaviyo.Bench.Micro;

/// <summary>
/// Appends, commits, scans and reads of the event log, on the disk that holds the temporary directory.
/// </summary>
[MemoryDiagnoser]
public class LogBenchmarks : IDisposable
{
    private const int ScanCount = 1_000_000;
    private const int ReadCount = 10_000;
    private const int CommitBytes = 300;
    private const int BulkBytes = 200;

    private readonly byte[] _small = new byte[BulkBytes];
    private readonly byte[] _large = new byte[CommitBytes];
    private readonly LogAddress[] _addresses = new LogAddress[ReadCount];
    private DirectoryInfo _folder = null!;
    private EventLog _log = null!;
    private IStorageFile _raw = null!;
    private byte[] _buffer = new byte[1024];
    private long _rawEnd;

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("klaviyo-bench-");
        var files = new PhysicalFiles(Path.Combine(_folder.FullName, "store"));
        _log = EventLog.Open(new EventLogOptions { Files = files });
        _raw = new PhysicalFiles(Path.Combine(_folder.FullName, "raw")).Open("raw", create: true);
        var random = new Random(1);
        for (var i = 0; i < ScanCount; i++)
        {
            var address = _log.Lanes[0].Append(1, _small);
            if (random.Next(ScanCount / ReadCount) == 0)
            {
                _addresses[random.Next(ReadCount)] = address;
            }
        }

        for (var i = 0; i < ReadCount; i++)
        {
            _addresses[i] = _addresses[i] == default ? _log.Lanes[0].Begin : _addresses[i];
        }

        _log.CommitAsync(_log.Cut()).GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _log.Dispose();
        _raw.Dispose();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What the disk takes for one synced write, to compare a commit with.</summary>
    [Benchmark(Baseline = true)]
    public void RawSyncedWrite()
    {
        _raw.Write(_rawEnd, _large);
        _raw.Sync();
        _rawEnd += _large.Length;
    }

    /// <summary>One record made durable: the write of the page and the write of the superblock.</summary>
    [Benchmark]
    public async Task AppendAndCommit()
    {
        _log.Lanes[0].Append(1, _large);
        await _log.CommitAsync(_log.Cut());
    }

    [Benchmark(OperationsPerInvoke = ScanCount)]
    public async Task AppendMany()
    {
        for (var i = 0; i < ScanCount; i++)
        {
            _log.Lanes[0].Append(1, _small);
        }

        await _log.CommitAsync(_log.Cut());
    }

    [Benchmark(OperationsPerInvoke = ScanCount)]
    public long Scan()
    {
        var lane = _log.Lanes[0];
        long sum = 0;
        var left = ScanCount;
        foreach (var record in lane.Scan(lane.Begin, lane.Tail))
        {
            sum += record.Payload.Length;
            if (--left == 0)
            {
                break;
            }
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = ReadCount)]
    public long ReadAtRandom()
    {
        long sum = 0;
        foreach (var address in _addresses)
        {
            sum += _log.Lanes[0].Read(address, ref _buffer).Sequence;
        }

        return sum;
    }
}
