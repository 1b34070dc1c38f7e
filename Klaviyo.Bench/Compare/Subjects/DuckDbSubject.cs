using System.Data.Common;
using DuckDB.NET.Data;
using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>DuckDB: typed columns, its appender in a transaction a batch, no index, as its guide advises for loading.</summary>
/// <param name="unique">
/// Whether unique ids are kept by a constraint; batches then go through a table beside, because an appender cannot pass over
/// a duplicate.
/// </param>
internal sealed class DuckDbSubject(bool unique) : SqlSubject
{
    private const string Columns = """
        profile INTEGER, metric UTINYINT, time BIGINT, value DOUBLE, unique_id VARCHAR, order_id VARCHAR, city VARCHAR,
        category VARCHAR, sku VARCHAR, quantity DOUBLE, price DOUBLE, discount BOOLEAN, delivery BIGINT
        """;

    private readonly System.Threading.Lock _gate = new();
    private DuckDBConnection _connection = null!;

    internal override string Name => unique ? "duckdb-unique" : "duckdb";

    internal override bool KeepsUnique => unique;

    internal override string Note => unique ? "constraint, batches through a temporary table" : "does not check unique ids";

    protected override DbConnection Connection => _connection;

    protected override string MonthSql => "strftime(epoch_ms(time), '%Y-%m-01')";

    protected override void Open(string directory)
    {
        _connection = new DuckDBConnection($"Data Source={Path.Combine(directory, "events.duckdb")}");
        _connection.Open();
        Execute($"CREATE TABLE events ({Columns}{(unique ? ", UNIQUE (profile, metric, unique_id)" : "")})");
        if (unique)
        {
            Execute($"CREATE TEMPORARY TABLE arriving ({Columns})");
        }
    }

    protected override void Write(SampleEvent[] samples)
    {
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            using (var appender = _connection.CreateAppender(unique ? "arriving" : "events"))
            {
                foreach (var sample in samples)
                {
                    Append(appender, sample);
                }
            }

            if (unique)
            {
                Execute("INSERT INTO events SELECT * FROM arriving ON CONFLICT DO NOTHING");
                Execute("DELETE FROM arriving");
            }

            transaction.Commit();
        }
    }

    protected override void Settle() => Execute("CHECKPOINT");

    protected override string Named(string parameter) => parameter;

    private static void Append(DuckDBAppender appender, in SampleEvent sample)
    {
        appender.CreateRow()
            .AppendValue(sample.Profile)
            .AppendValue((byte)sample.Metric)
            .AppendValue(sample.TimeMs)
            .AppendValue(sample.Value)
            .AppendValue(sample.UniqueId)
            .AppendValue(sample.OrderId)
            .AppendValue(sample.City)
            .AppendValue(sample.Category)
            .AppendValue(sample.Sku)
            .AppendValue(sample.Quantity)
            .AppendValue(sample.Price)
            .AppendValue(sample.Discount)
            .AppendValue(sample.DeliveryMs)
            .EndRow();
    }
}
