namespace Klaviyo.Tests.Storage.Database;

/// <summary>A summary is what the measures of the same names are, made in one pass and without allocation.</summary>
public sealed class SummaryTests
{
    private static readonly ValueList<Measure> Measures = ["count", "sum", "min", "max", "avg"];

    [TestCase]
    [TestCase(12.5)]
    [TestCase(0.1, 0.2, 0.3, 1e16, -1e16)]
    [TestCase(double.NaN, 7, double.NaN, -7)]
    [TestCase(double.NaN)]
    public async Task Summary_AnyValues_IsWhatTheMeasuresAre(params double[] values)
    {
        await using var fixture = await Stored(values);
        foreach (var query in Queries())
        {
            var expected = fixture.Database.Aggregate("email:ada@example.com", query).Values;
            var summary = fixture.Database.Summarize("email:ada@example.com", query);
            Assert.That(summary.Count, Is.EqualTo(expected[0].AsNumber()));
            Assert.That(summary.Sum, Is.EqualTo(expected[1].AsNumber()));
            Assert.That(summary.Min, Is.EqualTo(NumberOf(expected[2])));
            Assert.That(summary.Max, Is.EqualTo(NumberOf(expected[3])));
            Assert.That(summary.Average, Is.EqualTo(NumberOf(expected[4])));
        }
    }

    [Test]
    public async Task Summary_OfNobody_IsOfNoEvents()
    {
        await using var fixture = await Stored([1, 2]);
        Assert.That(fixture.Database.Summarize("email:bob@example.com", Queries()[0]), Is.EqualTo(default(AggregateSummary)));
        Assert.That(fixture.Database.Summarize("email:ada@example.com", new() { Metric = "Other" }).Count, Is.Zero);
    }

    [Test]
    public async Task Summary_GroupedQuery_IsRefused()
    {
        await using var fixture = await Stored([1]);
        var grouped = new AggregateQuery { Metric = "Placed Order", GroupBy = "Country" };
        Assert.That(() => fixture.Database.Summarize("email:ada@example.com", grouped), Throws.ArgumentException);
        Assert.That(() => fixture.Database.Summarize("email:bob@example.com", grouped), Throws.ArgumentException);
    }

    [Test]
    public async Task Summary_WithoutFilters_AllocatesNothing()
    {
        await using var fixture = await Stored([1, 2, 3]);
        Identifier ada = "email:ada@example.com";
        var query = Queries()[1];
        for (var i = 0; i < 100; i++)
        {
            _ = fixture.Database.Summarize(ada, query);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = fixture.Database.Summarize(ada, query);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static AggregateQuery[] Queries()
    {
        var all = new AggregateQuery { Metric = "Placed Order", Measures = Measures };
        return
        [
            all,
            all with { Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 30, TimeUnit.Day) },
            all with { Range = TimeRange.Empty },
            all with { Where = [new PropertyFilter("Country", new StringFilter(StringOperator.EqualTo, "France"))] },
        ];
    }

    private static double? NumberOf(PropertyValue value) => value.IsNull ? null : value.AsNumber();

    private static async Task<DatabaseFixture> Stored(double[] values)
    {
        var fixture = await DatabaseFixture.OpenAsync();
        foreach (var (index, value) in values.Index())
        {
            var properties = new PropertyMap { ["Country"] = index % 2 == 0 ? "France" : "Spain" };
            await fixture.Database.TrackAsync(
                "email:ada@example.com", "Placed Order", double.IsNaN(value) ? null : value, properties);
        }

        return fixture;
    }
}
