using CsCheck;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// "An empty store that imports it gives the same answers, at every instant." Random writes with merges among them; the
// imported store is asked what the oracle of the first one says, and exports the very same lines again.
public sealed class ExportRoundTripTests
{
    [TestCase(1, null)]
    [TestCase(3, null)]
    [TestCase(1, 1000)]
    [TestCase(3, 1000)]
    public void ImportOfAnExport_GivesEveryAnswerAgain(int lanes, int? indexBytes)
    {
        RandomWrites.Write.Array[0, 80].Sample(
            writes => RunAsync(writes, lanes, indexBytes).GetAwaiter().GetResult(), iter: 100, threads: 1);
    }

    internal static async Task<byte[]> ExportAsync(CustomerDatabase database)
    {
        using var stream = new MemoryStream();
        await database.ExportAsync(stream);
        return stream.ToArray();
    }

    internal static async Task<ImportResult> ImportAsync(CustomerDatabase database, byte[] export)
    {
        using var stream = new MemoryStream(export);
        return await database.ImportAsync(stream, new ImportOptions { Format = new NdjsonFormat(), BatchSize = 7 });
    }

    // Between lanes there is no order but that of merges.
    internal static void AssertSameLines(byte[] actual, byte[] expected, int lanes)
    {
        Assert.That(Lines(actual, sorted: lanes > 1), Is.EqualTo(Lines(expected, sorted: lanes > 1)));
    }

    private static string[] Lines(byte[] export, bool sorted)
    {
        var lines = System.Text.Encoding.UTF8.GetString(export).Split('\n');
        return sorted ? [.. lines.Order(StringComparer.Ordinal)] : lines;
    }

    internal static bool HasTwoEmails(NaiveStore oracle) =>
        oracle.AllIdentifiers.Where(i => i.Kind == IdentifierKind.Email).GroupBy(oracle.RootOf).Any(g => g.Count() > 1);

    private static async Task RunAsync(CustomerWrite[] writes, int lanes, int? indexBytes)
    {
        var clock = new FakeTimeProvider(RandomWrites.Now.ToDateTimeOffset());
        var oracle = new NaiveStore();
        await using var first = await DatabaseFixture.OpenAsync(new SimulatedFiles(1), clock, lanes, indexBytes);
        for (var i = 0; i < writes.Length; i++)
        {
            // Between lanes there is no order of arrival within a millisecond, so there every write gets one of its own.
            var write = lanes == 1 ? writes[i] : writes[i] with { Time = (writes[i].Time ?? RandomWrites.Now).PlusMs(i) };
            first.Apply(write);
            oracle.Apply(write, RandomWrites.Now);
        }

        if (lanes > 1 && HasTwoEmails(oracle))
        {
            // Identifiers have no time, so which of two in two lanes came last is not told.
            return;
        }

        var export = await ExportAsync(first);
        clock.Advance(TimeSpan.FromDays(1));
        await using var second = await DatabaseFixture.OpenAsync(new SimulatedFiles(2), clock, lanes, indexBytes);
        var result = await ImportAsync(second, export);
        Assert.That(result.FirstRejection, Is.Null);
        DatabaseAgainstOracleTests.Compare(second, oracle);
        AssertSameLines(await ExportAsync(second), export, lanes);
        foreach (var identifier in oracle.AllIdentifiers)
        {
            Assert.That(second.Profile(identifier)?.Id, Is.EqualTo(first.Profile(identifier, second.Clock.GetUtcNow())?.Id));
        }

        Assert.That((await second.VerifyAsync()).Problem, Is.Null);
    }
}
