using CsCheck;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// Few people who are merged and split again and again, so that a destination has several sources and sources have some of their own:
// every answer is the oracle's, and so is that of a store that imports the export.
public sealed class MergesAgainstOracleTests
{
    private enum Deed
    {
        Write,
        Merge,
        Split,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes)> Deeds = Gen.Select(
        Gen.Frequency((5, Gen.Const(Deed.Write)), (3, Gen.Const(Deed.Merge)), (1, Gen.Const(Deed.Split))),
        RandomWrites.Write.Array[1, 2]);

    [TestCase(1)]
    [TestCase(3)]
    public void EveryAnswer_OfMergedProfiles_IsTheOracles(int lanes)
    {
        Deeds.Array[1, 50].Sample(
            deeds => RunAsync(lanes, deeds).GetAwaiter().GetResult(),
            iter: Rounds.Of(100),
            threads: 1,
            print: deeds => string.Join("\n", deeds.Select(d => $"{d.Deed} {string.Join(" | ", d.Writes.Select(DatabaseAgainstOracleTests.Print))}")));
    }

    private static async Task RunAsync(int lanes, (Deed Deed, CustomerWrite[] Writes)[] deeds)
    {
        var clock = new FakeTimeProvider(RandomWrites.Now.ToDateTimeOffset());
        var oracle = new NaiveStore();
        await using var first = await DatabaseFixture.OpenAsync(new SimulatedFiles(1), clock, lanes);
        for (var i = 0; i < deeds.Length; i++)
        {
            var (deed, writes) = deeds[i];
            var (source, destination) = (writes[0].Profile[0], writes[^1].Profile[^1]);
            switch (deed)
            {
                case Deed.Merge:
                    Assert.That(first.Store.Merge(source, destination).Accepted, Is.EqualTo(oracle.MergeOf(source, destination)));
                    break;
                case Deed.Split:
                    Assert.That(first.Store.Split(source).Accepted, Is.EqualTo(oracle.Split(source)));
                    break;
                default:
                    // Between lanes there is no order of arrival within a millisecond, so there every write gets one of its own.
                    var write = lanes == 1 ? writes[0] : writes[0] with { Time = (writes[0].Time ?? RandomWrites.Now).PlusMs(i) };
                    first.Apply(write);
                    oracle.Apply(write, RandomWrites.Now);
                    break;
            }
        }

        DatabaseAgainstOracleTests.Compare(first, oracle);
        Assert.That((await first.VerifyAsync()).Problem, Is.Null);
        if (lanes > 1 && ExportRoundTripTests.HasTwoEmails(oracle))
        {
            return;
        }

        var export = await ExportRoundTripTests.ExportAsync(first);
        await using var second = await DatabaseFixture.OpenAsync(new SimulatedFiles(2), clock, lanes);
        Assert.That((await ExportRoundTripTests.ImportAsync(second, export)).FirstRejection, Is.Null);
        DatabaseAgainstOracleTests.Compare(second, oracle);
    }
}
