using System.Data.Common;
using Klaviyo.Bench.Compare.Data;
using Microsoft.Data.Sqlite;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>SQLite: WAL, full sync, prepared statements, a covering index for the question and a unique one.</summary>
internal sealed class SqliteSubject : SqlSubject
{
    private static readonly string[] Columns =
    [
        "profile", "metric", "time", "value", "unique_id", "order_id", "city", "category", "sku", "quantity", "price",
        "discount", "delivery",
    ];

    private readonly System.Threading.Lock _gate = new();
    private readonly SqliteParameter[] _parameters = new SqliteParameter[Columns.Length];
    private SqliteConnection _connection = null!;
    private SqliteCommand _insert = null!;

    internal override string Name => "sqlite";

    protected override DbConnection Connection => _connection;

    protected override string MonthSql => "strftime('%Y-%m-01', time / 1000, 'unixepoch')";

    protected override void Open(string directory)
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(directory, "events.db")};Pooling=False");
        _connection.Open();
        Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000;");
        Execute("PRAGMA cache_size = -262144; PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY;");
        Execute("""
            CREATE TABLE events (
                profile INTEGER NOT NULL, metric INTEGER NOT NULL, time INTEGER NOT NULL, value REAL, unique_id TEXT,
                order_id TEXT, city TEXT, category TEXT, sku TEXT, quantity REAL, price REAL, discount INTEGER,
                delivery INTEGER);
            CREATE INDEX by_profile ON events (profile, metric, time, value);
            CREATE UNIQUE INDEX by_unique_id ON events (profile, metric, unique_id);
            """);
        _insert = _connection.CreateCommand();
        _insert.CommandText =
            $"INSERT OR IGNORE INTO events VALUES ({string.Join(", ", Columns.Select(c => "$" + c))})";
        for (var i = 0; i < Columns.Length; i++)
        {
            _parameters[i] = _insert.Parameters.Add("$" + Columns[i], TypeOf(Columns[i]));
        }

        _insert.Prepare();
    }

    protected override void Write(SampleEvent[] samples)
    {
        // One connection may be used by one thread at a time, and SQLite has one writer at a time anyway.
        lock (_gate)
        {
            using var transaction = _connection.BeginTransaction();
            _insert.Transaction = transaction;
            foreach (var sample in samples)
            {
                Bind(sample);
                _insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    protected override void Settle() => Execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;");

    protected override void Close()
    {
        _insert.Dispose();
        base.Close();
    }

    private static SqliteType TypeOf(string column)
    {
        return column switch
        {
            "value" or "quantity" or "price" => SqliteType.Real,
            "profile" or "metric" or "time" or "discount" or "delivery" => SqliteType.Integer,
            _ => SqliteType.Text,
        };
    }

    private void Bind(in SampleEvent sample)
    {
        _parameters[0].Value = sample.Profile;
        _parameters[1].Value = sample.Metric;
        _parameters[2].Value = sample.TimeMs;
        _parameters[3].Value = sample.Value;
        _parameters[4].Value = sample.UniqueId;
        _parameters[5].Value = sample.OrderId;
        _parameters[6].Value = sample.City;
        _parameters[7].Value = sample.Category;
        _parameters[8].Value = sample.Sku;
        _parameters[9].Value = sample.Quantity;
        _parameters[10].Value = sample.Price;
        _parameters[11].Value = sample.Discount;
        _parameters[12].Value = sample.DeliveryMs;
    }
}
