using BenchmarkDotNet.Attributes;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Bench.Micro;

/// <summary>Applies batches, asks about one profile, and opens a store of 200,000 events from its log alone.</summary>
/// <remarks>Applying is in memory: nothing is committed inside of what is measured.</remarks>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int Stored = 200_000;
    private const int BatchWrites = 1000;
    private const int Batches = 50;
    private const int Questions = 1000;

    private readonly WriteResult[] _results = new WriteResult[BatchWrites];
    private readonly List<CustomerWrite[]> _batches = [];
    private readonly SampleEvents _samples = new(Stored, 2000);
    private readonly AggregateQuery _query = new()
    {
        Metric = SampleEvents.Metrics[SampleEvents.ViewedProduct],
        Measures = ["count", "sum"],
        Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, PointQuestion.Days, TimeUnit.Day),
    };

    private DirectoryInfo _folder = null!;
    private Store _store = null!;
    private CustomerDatabase _database = null!;
    private long _later;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _folder = Directory.CreateTempSubdirectory("klaviyo-bench-");
        _database = await CustomerDatabase.OpenAsync(Path.Combine(_folder.FullName, "asked"));
        _store = Store.Open(Path.Combine(_folder.FullName, "replayed"), new CustomerDatabaseOptions());
        foreach (var batch in SampleBatch.Of(_samples, 0, BatchWrites).Take(Stored / BatchWrites))
        {
            await _database.WriteAsync(batch.Writes);
            _store.Apply(batch.Writes, _results);
        }

        // Not closed by CloseAsync: that would write a checkpoint, and there would be nothing to replay.
        await _store.CommitAsync(CancellationToken.None);
        _store.Dispose();
    }

    [IterationSetup(Target = nameof(Apply))]
    public void MakeBatches()
    {
        _batches.Clear();
        for (var i = 0; i < Batches; i++)
        {
            _batches.Add([.. Enumerable.Range(0, BatchWrites).Select(_ => _samples.Write(_samples.Later(_later++)))]);
        }
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _database.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Batches * BatchWrites)]
    public void Apply()
    {
        foreach (var batch in _batches)
        {
            _database.Store.Apply(batch, _results);
        }
    }

    [Benchmark(OperationsPerInvoke = Questions)]
    public double Summarize()
    {
        var sum = 0.0;
        for (var profile = 0; profile < Questions; profile++)
        {
            sum += _database.Summarize(_samples.Identifier(profile), _query, SampleEvents.AsOf).Sum;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Questions)]
    public double Aggregate()
    {
        var sum = 0.0;
        for (var profile = 0; profile < Questions; profile++)
        {
            sum += _database.Aggregate(_samples.Identifier(profile), _query, SampleEvents.AsOf).Values[1].AsNumber();
        }

        return sum;
    }

    /// <summary>From the log alone, an event.</summary>
    [Benchmark(OperationsPerInvoke = Stored)]
    public long Recover()
    {
        using var store = Store.Open(Path.Combine(_folder.FullName, "replayed"), new CustomerDatabaseOptions());
        return store.Recovery.RecordsReplayed;
    }
}
