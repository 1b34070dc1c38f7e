using System.Globalization;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// Other people's engines as the oracle: the same events into SQLite, DuckDB and the store, late ones and equal times among
// them; random aggregate questions to all three; equal answers. Values are quarters, so that sums are exact in any order.
public sealed class SqlOracleTests
{
    private const int Events = 4000;
    private const int People = 12;
    private const long DayMs = 86_400_000;

    private static readonly string[] Cities = ["Paris", "New York", "Lyon"];
    private static readonly string[] Metrics = ["Placed Order", "Viewed Product"];
    private static readonly Instant Origin = Instant.Parse("2026-03-01T00:00:00Z");

    private readonly Random _random = new(17);
    private readonly List<SqlEvent> _events = [];
    private CustomerDatabase _database = null!;
    private SqlOracle[] _oracles = [];

    private static int Questions =>
        int.TryParse(Environment.GetEnvironmentVariable("KLAVIYO_QUESTIONS"), CultureInfo.InvariantCulture, out var questions) ? questions : 300;

    [SetUp]
    public async Task Create()
    {
        _events.Clear();
        _events.AddRange(Enumerable.Range(0, Events).Select(Event));
        _oracles = [SqlOracle.Sqlite(), SqlOracle.DuckDb()];
        _database = await DatabaseFixture.OpenAsync(new SimulatedFiles(0), new FakeTimeProvider(Origin.PlusMs(400 * DayMs).ToDateTimeOffset()), lanes: 2);
        foreach (var batch in _events.Chunk(500))
        {
            await _database.WriteAsync([.. batch.Select(e => e.ToWrite())]);
            foreach (var oracle in _oracles)
            {
                oracle.Add(batch);
            }
        }
    }

    [TearDown]
    public async Task Close()
    {
        foreach (var oracle in _oracles)
        {
            oracle.Dispose();
        }

        await _database.DisposeAsync();
    }

    [Test]
    public void Aggregate_RandomQuestions_IsWhatSqlSays()
    {
        for (var i = 0; i < Questions; i++)
        {
            var question = new Question(_random.Next(People + 1), Pick(Metrics), Time(), _random.Next(1, 120), Pick<string?>([null, .. Cities]), Pick<int?>([null, 3, 7]));
            var answer = _database.Aggregate(Identifier.ExternalId($"{question.Person}"), question.Query(), question.At);
            foreach (var oracle in _oracles)
            {
                Assert.That(answer.Values, Is.EqualTo(oracle.Rows(question.Sql("")).Single()), question.ToString());
                var groups = oracle.Rows(question.Sql("city")).ToDictionary(row => row[^1], row => row[..^1]);
                Assert.That(answer.Groups.Select(g => g.Key), Is.EquivalentTo(groups.Keys), question.ToString());
                Assert.That(answer.Groups.All(g => g.Values.SequenceEqual(groups[g.Key])), Is.True, question.ToString());
            }
        }
    }

    [Test]
    public void Events_RandomQuestions_AreInTheOrderOfSql()
    {
        for (var i = 0; i < Questions / 5; i++)
        {
            var (person, metric, at) = (_random.Next(People), Pick(Metrics), Time());
            var sql = string.Create(CultureInfo.InvariantCulture, $"SELECT time, value FROM events WHERE person = {person} AND metric = '{metric}' AND time <= {at.UnixMs} ORDER BY time, seq");
            var page = _database.Events(Identifier.ExternalId($"{person}"), new EventQuery { Metric = metric }, at);
            var actual = page.Events.Select(e => new[] { e.Time.UnixMs, e.Value is { } value ? value : PropertyValue.Null }).ToList();
            foreach (var oracle in _oracles)
            {
                Assert.That(actual, Is.EqualTo(oracle.Rows(sql)), sql);
            }
        }
    }

    [Test]
    public void MetricSeries_ByDay_IsWhatSqlSays()
    {
        foreach (var metric in Metrics)
        {
            var at = Time();
            var sql = string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT CAST(floor(time / {DayMs}.0) AS BIGINT) AS day, count(*), coalesce(sum(value), 0) FROM events WHERE metric = '{metric}' AND time <= {at.UnixMs} GROUP BY 1 ORDER BY 1");
            var rows = _database.MetricSeries(metric, TimeUnit.Day, at).Where(r => r.Count > 0)
                .Select(r => new PropertyValue[] { r.Start.UnixMs / DayMs, r.Count, r.Sum }).ToList();
            foreach (var oracle in _oracles)
            {
                Assert.That(rows, Is.EqualTo(oracle.Rows(sql)), sql);
            }
        }
    }

    private SqlEvent Event(int sequence) => new(
        sequence,
        _random.Next(People),
        Pick(Metrics),
        Time(),
        _random.Next(6) == 0 ? null : _random.Next(-400, 4000) / 4.0,
        _random.Next(5) == 0 ? null : Pick(Cities),
        _random.Next(3) == 0 ? null : _random.Next(10));

    // Whole hours, so that many events have the same.
    private Instant Time() => Origin.PlusMs(_random.Next(24 * 200) * (DayMs / 24));

    private T Pick<T>(T[] items) => items[_random.Next(items.Length)];

    private sealed record Question(int Person, string Metric, Instant At, int Days, string? City, int? Above)
    {
        internal AggregateQuery Query()
        {
            var where = new List<PropertyFilter>();
            if (City is not null)
            {
                where.Add(new PropertyFilter("city", new StringFilter(StringOperator.EqualTo, City)));
            }

            if (Above is { } above)
            {
                where.Add(new PropertyFilter("n", new NumberFilter(NumberOperator.GreaterThan, above)));
            }

            return new AggregateQuery
            {
                Metric = Metric,
                Measures = ["count", "sum", "min", "max", "avg", "distinct", "count:n", "sum:n", "distinct:city"],
                Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, Days, TimeUnit.Day),
                Where = ValueList.Of(where),
                GroupBy = "city",
            };
        }

        internal string Sql(string group)
        {
            var filter = (City is null ? "" : $" AND city = '{City}'") + (Above is null ? "" : $" AND n > {Above}");
            return string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT count(*), coalesce(sum(value), 0), min(value), max(value), avg(value), count(DISTINCT value), count(n), coalesce(sum(n), 0), count(DISTINCT city){(group.Length > 0 ? ", " + group : "")} FROM events WHERE person = {Person} AND metric = '{Metric}' AND time > {At.UnixMs - (Days * DayMs)} AND time <= {At.UnixMs}{filter}{(group.Length > 0 ? " GROUP BY " + group : "")}");
        }
    }
}
