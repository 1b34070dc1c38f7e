using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Chunks;

public sealed class ChunkTests
{
    // More rows than a block holds, and not a multiple of it.
    private const int Events = 20_000;

    [Test]
    public async Task Columns_EveryKindOfValue_AreWhatTheRecordsSay()
    {
        await using var database = await ChunkFixture.OpenAsync(new SimulatedFiles(1), long.MaxValue);
        await ChunkFixture.WriteAsync(database, Events, profiles: 100);
        var chunk = ChunkFixture.Whole(database);
        var rows = 0;
        foreach (var metric in chunk.Metrics)
        {
            CheckOrder(metric);
            for (var row = 0; row < metric.Rows; row++, rows++)
            {
                CheckRow(database.Store, metric, row);
            }
        }

        Assert.That(rows, Is.EqualTo(Events));
    }

    [Test]
    public async Task Build_Twice_GivesTheSameBytes()
    {
        await using var database = await ChunkFixture.OpenAsync(new SimulatedFiles(1), long.MaxValue);
        await ChunkFixture.WriteAsync(database, 2000, profiles: 30);
        var (first, second) = (ChunkFixture.Whole(database), ChunkFixture.Whole(database));
        Assert.That(second.Image![..^ChunkPart.Slack], Is.EqualTo(first.Image![..^ChunkPart.Slack]));
    }

    [Test]
    public async Task Index_EveryProfile_LeadsToItsRows()
    {
        await using var database = await ChunkFixture.OpenAsync(new SimulatedFiles(1), long.MaxValue);
        await ChunkFixture.WriteAsync(database, 3000, profiles: 50);
        foreach (var metric in ChunkFixture.Whole(database).Metrics)
        {
            var owners = new int[metric.Rows];
            metric.Index.Decode(0, owners);
            for (var ordinal = -1; ordinal < 51; ordinal++)
            {
                var isThere = metric.Index.TryFind(ordinal, out var start, out var end);
                Assert.That(isThere, Is.EqualTo(owners.Contains(ordinal)));
                Assert.That(owners[start..end].All(o => o == ordinal) && end - start == owners.Count(o => o == ordinal), Is.True);
            }
        }
    }

    [TestCase(0, 1)]
    [TestCase(255, 1)]
    [TestCase(256, 2)]
    [TestCase((1L << 24) - 1, 3)]
    [TestCase(1L << 56, 8)]
    [TestCase(long.MaxValue, 8)]
    public void Block_OfSomeDistance_TakesTheBytesItNeeds(long most, int width)
    {
        Cell[] cells = [new(CellKind.Instant, 0), new(CellKind.Instant, most), new(CellKind.Instant, most / 2)];
        var shape = BlockEncoder.Write(new ChunkImage(), cells);
        Assert.That(shape.Width, Is.EqualTo(most == 0 ? 0 : width));
    }

    [TestCase(5.0, 5.25, nameof(CellKind.Hundredths))]
    [TestCase(5.0, 0.1, nameof(CellKind.Hundredths))]
    [TestCase(5.0, 1.0 / 3, nameof(CellKind.Double))]
    [TestCase(9007199254740991.0, 5.25, nameof(CellKind.Double))]
    [TestCase(0.0, -0.0, nameof(CellKind.Double))]
    [TestCase(-7.0, 7.0, nameof(CellKind.Whole))]
    public void Block_OfNumbers_WritesThemAlikeAndGivesThemBack(double one, double other, string kind)
    {
        Cell[] cells = [Cell.Number(one), Cell.Number(other)];
        var shape = BlockEncoder.Write(new ChunkImage(), cells);
        Assert.That(shape.Kind.ToString(), Is.EqualTo(kind));
        Assert.That(cells.Select(c => BitConverter.DoubleToInt64Bits(c.AsNumber())), Is.EqualTo(new[] { one, other }.Select(BitConverter.DoubleToInt64Bits)));
    }

    private static void CheckOrder(MetricColumns metric)
    {
        var owners = new int[metric.Rows];
        metric.Index.Decode(0, owners);
        var keys = Enumerable.Range(0, metric.Rows).Select(r => (owners[r], metric.Time.BitsOf(r), metric.Address.BitsOf(r)));
        Assert.That(keys, Is.Ordered);
    }

    private static void CheckRow(Store store, MetricColumns metric, int row)
    {
        var buffer = new byte[64];
        var address = new LogAddress(metric.Address.BitsOf(row) * ChunkColumn.AddressUnit);
        var record = store.Log.Lanes[0].Read(address, ref buffer);
        var names = store.State.Lanes[0].Names;
        var stored = EventRecord.ReadAll(record.Payload.Span, StoreState.EventIdOf(0, address.Value), names);
        Assert.That(metric.Time.BitsOf(row), Is.EqualTo(stored.Time.UnixMs));
        Assert.That(names[metric.Metric], Is.EqualTo(stored.Metric));
        _ = metric.Value.TryGetValue(metric.Value[row], out var value);
        Assert.That(value, Is.EqualTo(stored.Value is { } given ? given : PropertyValue.Null));
        foreach (var column in metric.Columns.Where(c => c.Name >= 0))
        {
            CheckCell(column, row, stored, names);
        }
    }

    private static void CheckCell(ChunkColumn column, int row, StoredEvent stored, NameTable names)
    {
        var expected = stored.Properties[names[column.Name]];
        var isHere = column.TryGetValue(column[row], out var value);
        Assert.That(isHere, Is.EqualTo(expected.Kind != PropertyKind.List && names[column.Name] != "Id"));
        if (isHere)
        {
            Assert.That(value, Is.EqualTo(expected));
        }
    }
}
