using System.Data.Common;
using System.Globalization;
using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>A peer that is asked in SQL. Its questions are prepared once.</summary>
internal abstract class SqlSubject : BlockingSubject
{
    private const string PointSql =
        "SELECT count(*), coalesce(sum(value), 0) FROM events "
        + "WHERE profile = $profile AND metric = $metric AND time BETWEEN $from AND $to";

    private DbCommand? _point;
    private DbCommand? _filtered;

    protected abstract DbConnection Connection { get; }

    /// <summary>Gets the first day of the month of an event, as text, in the dialect.</summary>
    protected abstract string MonthSql { get; }

    internal override long Count() => Convert.ToInt64(Scalar("SELECT count(*) FROM events"), CultureInfo.InvariantCulture);

    internal override Totals Point(PointQuestion question)
    {
        var command = question.OnlyParis
            ? _filtered ??= Prepare($"{PointSql} AND city = '{SampleEvents.Paris}'")
            : _point ??= Prepare(PointSql);
        command.Parameters[0].Value = question.Profile;
        command.Parameters[1].Value = question.Metric;
        using var reader = command.ExecuteReader();
        reader.Read();
        return new Totals(reader.GetInt64(0), reader.GetDouble(1));
    }

    internal override IReadOnlyDictionary<string, Totals> Report(ReportKind kind)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = SegmentSql.Report(kind == ReportKind.RevenueByMonth ? MonthSql : "category");
        using var reader = command.ExecuteReader();
        var totals = new Dictionary<string, Totals>();
        while (reader.Read())
        {
            totals.Add(reader.GetString(0), new Totals(reader.GetInt64(1), reader.GetDouble(2)));
        }

        return totals;
    }

    internal override long? CountSegment(SegmentKind kind) =>
        Convert.ToInt64(Scalar(SegmentSql.Of(kind)), CultureInfo.InvariantCulture);

    protected void Execute(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    protected object? Scalar(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    protected DbParameter Add(DbCommand command, string name, object? value = null)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter;
    }

    protected override void Close()
    {
        _point?.Dispose();
        _filtered?.Dispose();
        Connection.Dispose();
    }

    /// <summary>Gets how a parameter is named to the driver, which may want it without its sign.</summary>
    protected virtual string Named(string parameter) => "$" + parameter;

    private DbCommand Prepare(string sql)
    {
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        Add(command, Named("profile"), 0);
        Add(command, Named("metric"), 0);
        Add(command, Named("from"), PointQuestion.FromMs);
        Add(command, Named("to"), SampleEvents.AsOfMs);
        command.Prepare();
        return command;
    }
}
