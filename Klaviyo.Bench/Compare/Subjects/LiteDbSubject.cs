using Klaviyo.Bench.Compare.Data;
using LiteDB;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>LiteDB: a document an event, a transaction a batch, an index to range over and a unique one.</summary>
/// <remarks>Its indexes have one field, so profile, metric and time are packed into a number that sorts like the three.</remarks>
internal sealed class LiteDbSubject : BlockingSubject
{
    private const int TimeBits = 35;
    private const int MetricBits = 3;
    private static readonly long BaseMs = SampleEvents.AsOfMs - (1L << (TimeBits - 1));

    private readonly System.Threading.Lock _gate = new();
    private LiteDatabase _database = null!;
    private ILiteCollection<BsonDocument> _events = null!;

    internal override string Name => "litedb";

    internal override long Count() => _events.LongCount();

    internal override Totals Point(PointQuestion question)
    {
        var from = Key(question.Profile, question.Metric, PointQuestion.FromMs);
        var to = Key(question.Profile, question.Metric, SampleEvents.AsOfMs);
        var totals = default(Totals);
        foreach (var found in _events.Find(Query.Between("key", from, to)))
        {
            if (!question.OnlyParis || found["city"].AsString == SampleEvents.Paris)
            {
                totals = totals.Plus(found["value"].AsDouble);
            }
        }

        return totals;
    }

    protected override void Open(string directory)
    {
        _database = new LiteDatabase(new ConnectionString { Filename = Path.Combine(directory, "events.litedb") });
        _events = _database.GetCollection("events", BsonAutoId.Int64);
        _events.EnsureIndex("key", "$.key");
        _events.EnsureIndex("unique", "$.unique", unique: true);
    }

    protected override void Write(SampleEvent[] samples)
    {
        lock (_gate)
        {
            try
            {
                _events.Insert(samples.Select(Document));
            }
            catch (LiteException duplicate) when (duplicate.ErrorCode == LiteException.INDEX_DUPLICATE_KEY)
            {
                // The batch was rolled back as a whole: only what is new is sent again.
                _events.Insert(samples.Where(s => !_events.Exists(Query.EQ("unique", Unique(s)))).Select(Document).ToArray());
            }
        }
    }

    protected override void Settle() => _database.Checkpoint();

    protected override void Close() => _database.Dispose();

    private static long Key(int profile, int metric, long timeMs) =>
        ((((long)profile << MetricBits) | (long)metric) << TimeBits) | (timeMs - BaseMs);

    private static string Unique(SampleEvent sample) => $"{sample.Profile}:{sample.Metric}:{sample.UniqueId}";

    private static BsonDocument Document(SampleEvent sample) => new()
    {
        ["key"] = Key(sample.Profile, sample.Metric, sample.TimeMs),
        ["unique"] = Unique(sample),
        ["value"] = sample.Value,
        ["order_id"] = sample.OrderId,
        ["city"] = sample.City,
        ["category"] = sample.Category,
        ["sku"] = sample.Sku,
        ["quantity"] = sample.Quantity,
        ["price"] = sample.Price,
        ["discount"] = sample.Discount,
        ["delivery"] = sample.DeliveryMs,
    };
}
