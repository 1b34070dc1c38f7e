using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Scans;

// A segment that is not saved is evaluated over everybody: over columns where these tell, through histories where they do not.
public sealed class SegmentScanTests
{
    // More than what one thread does alone.
    private const int People = 24_000;
    private const int Orders = 3000;
    private const string Order = "Placed Order";

    private static readonly SegmentDefinition[] Definitions =
    [
        new(When.Did(Order).Times().AtLeast(2).InTheLast(10, TimeUnit.Day)),
        new(When.Did(Order).Sum().MoreThan(120.005).Where("city").Is("Paris")),
        new(When.Did(Order).Sum().MoreThan(75.5)),
        new(!When.Did(Order).InTheLast(20, TimeUnit.Day) & When.Property("plan").Is("gold")),
        new(When.DidNot(Order) | When.Did("Viewed Product").Where("city").Contains("o")),
        new(When.Property("plan").Is("gold")),
    ];

    [TestCase(1, null, TestName = "Members_OfManyProfiles_AreThoseOfWhomItHolds(in memory)")]
    [TestCase(3, null, TestName = "Members_OfManyProfiles_AreThoseOfWhomItHolds(three lanes)")]
    [TestCase(1, 1 << 20, TestName = "Members_OfManyProfiles_AreThoseOfWhomItHolds(mostly cold)")]
    public async Task Members_OfManyProfiles_AreThoseOfWhomItHolds(int lanes, int? indexBytes)
    {
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        await using var database = await DatabaseFixture.OpenAsync(
            new SimulatedFiles(seed: 3), clock, lanes, indexBytes, chunkLogBytes: 256 << 10);
        await FillAsync(database);
        await database.MergeAsync(Person(1), Person(2));
        await database.MergeAsync(Person(70), Person(7000));
        await database.EraseAsync(Person(9));
        await database.TrackAsync(Person(12), Order, 500, new PropertyMap { ["city"] = "Paris" });

        var everybody = database.Profiles().Select(p => Identifier.Of(IdentifierKind.Id, p.Id.ToString())).ToList();
        foreach (var definition in Definitions)
        {
            var members = database.SegmentMembers(definition).Select(p => p.Id.ToString());
            var expected = everybody.Where(p => database.IsMember(p, definition)).Select(p => p.Value);
            Assert.That(members, Is.EqualTo(expected), definition.Root.ToString());
        }
    }

    // As doubles they come to a hair more than nothing, as hundredths to nothing: whoever adds them up, the answer is one.
    [TestCase(0.1, 0.2, -0.3)]
    [TestCase(20_000_000.01, 0.1, -20_000_000.11)]
    [TestCase(5, 0, -5)]
    [TestCase(0, 0, 0)]
    public async Task Count_OfSumsThatCancelEachOther_IsThatOfAnEvaluation(double one, double other, double third)
    {
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        await using var database = await DatabaseFixture.OpenAsync(new SimulatedFiles(seed: 5), clock, chunkLogBytes: 256 << 10);
        await FillAsync(database);
        foreach (var value in new[] { one, other, third })
        {
            await database.WriteAsync([.. Enumerable.Range(0, 2000).Select(i => new CustomerEvent
            {
                Profile = [Person(i)],
                Metric = "Balanced",
                Value = value,
                Properties = new PropertyMap { ["city"] = "Paris" },
            })]);
        }

        SegmentDefinition[] definitions =
        [
            new(When.Did("Balanced").Sum().MoreThan(0).Where("city").Is("Paris")),
            new(When.Did("Balanced").Sum().AtLeast(0).Where("city").Is("Paris")),
            new(When.Did("Balanced").Sum().MoreThan(-0.001).Where("city").Is("Paris")),
        ];
        foreach (var definition in definitions)
        {
            var expected = database.Profiles().Count(p => database.IsMember(Identifier.Of(IdentifierKind.Id, p.Id.ToString()), definition));
            Assert.That(database.CountSegment(definition), Is.EqualTo(expected), definition.Root.ToString());
        }
    }

    // Each order is from Paris, so nobody has one without the other, at whatever moment he is looked at.
    [Test]
    public async Task Count_WhileOthersWrite_SeesEachProfileAtOneMoment()
    {
        var clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset());
        await using var database = await DatabaseFixture.OpenAsync(new SimulatedFiles(seed: 4), clock, chunkLogBytes: 256 << 10);
        await FillAsync(database);
        SegmentDefinition[] nobody =
        [
            new(When.Did("Ordered") & !When.Did("Ordered").Where("city").Is("Paris")),
            new(When.DidNot("Ordered") & When.Did("Ordered").Where("city").Is("Paris")),
            new(When.Did("Ordered").Times().AtLeast(2).Where("city").Is("Paris") & !When.Did("Ordered").Times().AtLeast(2)),
        ];

        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < Orders; i++)
            {
                await database.TrackAsync(Person(i * 7 % People), "Ordered", properties: new PropertyMap { ["city"] = "Paris" });
            }
        });
        var counts = new List<long>();
        for (var i = 0; !writing.IsCompleted || i < nobody.Length; i++)
        {
            counts.Add(database.CountSegment(nobody[i % nobody.Length]));
        }

        await writing;
        Assert.That(counts, Is.All.Zero);
        Assert.That(database.CountSegment(new SegmentDefinition(When.Did("Ordered"))), Is.EqualTo(Orders));
    }

    private static Identifier Person(int number) => Identifier.ExternalId($"p{number}");

    private static async Task FillAsync(CustomerDatabase database)
    {
        string[] cities = ["Paris", "Rome", "Oslo", "Lima"];
        var random = new Random(11);
        var writes = new List<CustomerWrite>();
        for (var i = 0; i < People; i++)
        {
            writes.Add(new ProfileWrite { Profile = [Person(i)], Properties = new PropertyMap { ["plan"] = i % 3 == 0 ? "gold" : "free" } });
        }

        for (var i = 0; i < People * 2; i++)
        {
            writes.Add(new CustomerEvent
            {
                Profile = [Person(random.Next(People))],
                Metric = random.Next(4) == 0 ? "Viewed Product" : Order,
                Time = DatabaseFixture.Start.PlusMs(-random.NextInt64(40L * 86_400_000)),
                Value = random.Next(6) switch { 0 => null, 1 => random.Next(100) / 3.0, _ => random.Next(10_000) / 100.0 },
                Properties = new PropertyMap { ["city"] = cities[random.Next(cities.Length)] },
            });
        }

        foreach (var batch in writes.Chunk(2000))
        {
            await database.WriteAsync(batch);
        }
    }
}
