using Klaviyo.Bench.Compare.Data;
using RocksDbSharp;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>
/// RocksDB: synced write batches, keys ordered by profile, metric, time; unique ids in a column family with a bloom filter.
/// </summary>
/// <remarks>Two writers that send one unique id at the same instant would both store it; ours would not.</remarks>
internal sealed class RocksDbSubject : BlockingSubject
{
    private readonly WriteOptions _synced = new WriteOptions().SetSync(true);
    private RocksDb _database = null!;
    private ColumnFamilyHandle _events = null!;
    private ColumnFamilyHandle _uniqueIds = null!;
    private long _sequence;
    private long _count;

    internal override string Name => "rocksdb";

    internal override long Count() => Interlocked.Read(ref _count);

    internal override Totals Point(PointQuestion question)
    {
        Span<byte> from = stackalloc byte[RocksCodec.KeyBytes];
        Span<byte> to = stackalloc byte[RocksCodec.KeyBytes];
        RocksCodec.WriteKey(from, question.Profile, question.Metric, PointQuestion.FromMs, 0);
        RocksCodec.WriteKey(to, question.Profile, question.Metric, SampleEvents.AsOfMs, long.MaxValue);
        using var iterator = _database.NewIterator(_events);
        var totals = default(Totals);
        for (iterator.Seek(from); iterator.Valid() && iterator.GetKeySpan().SequenceCompareTo(to) <= 0; iterator.Next())
        {
            var value = iterator.GetValueSpan();
            if (!question.OnlyParis || RocksCodec.CityIs(value, "Paris"u8))
            {
                totals = totals.Plus(RocksCodec.Value(value));
            }
        }

        return totals;
    }

    protected override void Open(string directory)
    {
        var options = new DbOptions()
            .SetCreateIfMissing(true)
            .SetCreateMissingColumnFamilies(true)
            .IncreaseParallelism(Environment.ProcessorCount);
        var cache = Cache.CreateLru(512 << 20);
        var families = new ColumnFamilies(Family(cache)) { { "unique", Family(cache) } };
        _database = RocksDb.Open(options, directory, families);
        _events = _database.GetDefaultColumnFamily();
        _uniqueIds = _database.GetColumnFamily("unique");
    }

    protected override void Write(SampleEvent[] samples)
    {
        Span<byte> key = stackalloc byte[RocksCodec.KeyBytes];
        Span<byte> uniqueKey = stackalloc byte[64];
        Span<byte> value = stackalloc byte[256];
        var arrived = new HashSet<(int Profile, int Metric, string UniqueId)>(samples.Length);
        using var batch = new WriteBatch();
        foreach (var sample in samples)
        {
            var unique = uniqueKey[..RocksCodec.WriteUniqueKey(uniqueKey, sample)];
            if (!arrived.Add((sample.Profile, sample.Metric, sample.UniqueId)) || _database.HasKey(unique, _uniqueIds))
            {
                continue;
            }

            RocksCodec.WriteKey(key, sample.Profile, sample.Metric, sample.TimeMs, Interlocked.Increment(ref _sequence));
            batch.Put(unique, [], _uniqueIds);
            batch.Put(key, value[..RocksCodec.WriteValue(value, sample)], _events);
        }

        _database.Write(batch, _synced);
        Interlocked.Add(ref _count, batch.Count() / 2);
    }

    // Also so that the questions to come meet as few levels as there can be.
    protected override void Settle()
    {
        _database.CompactRange((byte[])null!, null!, _events);
        _database.CompactRange((byte[])null!, null!, _uniqueIds);
    }

    protected override void Close() => _database.Dispose();

    private static ColumnFamilyOptions Family(Cache cache)
    {
        var table = new BlockBasedTableOptions()
            .SetFilterPolicy(BloomFilterPolicy.Create(10, false))
            .SetFormatVersion(5)
            .SetBlockSize(16 << 10)
            .SetCacheIndexAndFilterBlocks(true)
            .SetPinL0FilterAndIndexBlocksInCache(true)
            .SetBlockCache(cache);
        return new ColumnFamilyOptions()
            .SetWriteBufferSize(64 << 20)
            .SetMaxWriteBufferNumber(4)
            .SetLevelCompactionDynamicLevelBytes(true)
            .SetCompression(Compression.Lz4)
            .SetBlockBasedTableFactory(table);
    }
}
