using System.Data.Common;
using System.Globalization;
using DuckDB.NET.Data;
using Microsoft.Data.Sqlite;

namespace Klaviyo.Tests.Oracle;

/// <summary>One table of events in another engine, in memory, asked in SQL.</summary>
internal sealed class SqlOracle : IDisposable
{
    private readonly DbConnection _connection;

    private SqlOracle(DbConnection connection)
    {
        _connection = connection;
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText =
            "CREATE TABLE events (seq INTEGER, person INTEGER, metric VARCHAR, time BIGINT, value DOUBLE, city VARCHAR, n DOUBLE)";
        create.ExecuteNonQuery();
    }

    internal static SqlOracle Sqlite() => new(new SqliteConnection("Data Source=:memory:"));

    internal static SqlOracle DuckDb() => new(new DuckDBConnection("Data Source=:memory:"));

    internal void Add(IEnumerable<SqlEvent> events)
    {
        using var insert = _connection.CreateCommand();
        insert.CommandText = "INSERT INTO events VALUES " + string.Join(',', events.Select(e => string.Create(
            CultureInfo.InvariantCulture,
            $"({e.Sequence}, {e.Person}, '{e.Metric}', {e.Time.UnixMs}, {Literal(e.Value)}, {(e.City is null ? "NULL" : $"'{e.City}'")}, {Literal(e.N)})")));
        insert.ExecuteNonQuery();
    }

    /// <summary>Gives the rows of a query, numbers as double.</summary>
    internal List<PropertyValue[]> Rows(string sql)
    {
        using var query = _connection.CreateCommand();
        query.CommandText = sql;
        using var reader = query.ExecuteReader();
        var rows = new List<PropertyValue[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => Value(reader.GetValue(i)))]);
        }

        return rows;
    }

    public void Dispose() => _connection.Dispose();

    private static string Literal(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "NULL";

    private static PropertyValue Value(object value)
    {
        return value switch
        {
            DBNull => PropertyValue.Null,
            string text => text,
            System.Numerics.BigInteger big => (double)big,
            _ => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        };
    }
}

/// <summary>One event, as three engines take it.</summary>
internal sealed record SqlEvent(int Sequence, int Person, string Metric, Instant Time, double? Value, string? City, double? N)
{
    internal CustomerEvent ToWrite()
    {
        var properties = new PropertyMap();
        if (City is not null)
        {
            properties["city"] = City;
        }

        if (N is { } n)
        {
            properties["n"] = n;
        }

        return new CustomerEvent { Profile = [Identifier.ExternalId($"{Person}")], Metric = Metric, Time = Time, Value = Value, Properties = properties };
    }
}
