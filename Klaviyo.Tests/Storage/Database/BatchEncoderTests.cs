using System.Collections;
using CsCheck;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Database;

// What another thread encodes is what the thread that applies would have: same results, same addresses, same content.
public sealed class BatchEncoderTests
{
    private const int Profiles = 30;

    [Test]
    public async Task Write_EncodedAhead_StoresTheSame()
    {
        await Gen.Select(Gen.Int, Gen.Int[1, 2500]).SampleAsync(
            async (seed, count) => Assert.That(await StoredAsync(seed, count, AtOnce.Run), Is.EqualTo(await StoredAsync(seed, count, Never))),
            iter: 40);
    }

    [Test]
    public async Task Write_EncodedBeside_StoresTheSame()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            Assert.That(await StoredAsync(seed, 2000, Task.Run), Is.EqualTo(await StoredAsync(seed, 2000, Never)), $"seed {seed}");
        }
    }

    // What the memory option bounds is the index and all that is kept beside it.
    [Test]
    public async Task Ring_OfLargeEvents_IsTakenOffTheIndex()
    {
        await using var database = await OpenAsync(AtOnce.Run);
        var large = new CustomerEvent
        {
            Profile = ["external_id:1"],
            Metric = "Viewed Product",
            Properties = new PropertyMap { ["text"] = new string('x', 1900) },
        };
        await database.WriteAsync(large);
        var before = BesideCollector(database, large);
        await database.WriteAsync([.. Enumerable.Repeat(large, 16 * 130)]);
        Assert.That(before - BesideCollector(database, large), Is.InRange(3 << 20, 4 << 20));
    }

    // What the index may take, but for what the garbage collector of this process happens to hold; a commit looks at that.
    private static long BesideCollector(CustomerDatabase database, CustomerEvent sent)
    {
        database.Apply(sent);
        return database.Store.Lanes[0].State.Profiles.BytesMax + database.Store.CollectorBytes;
    }

    private static Task Never(Action work) => Task.CompletedTask;

    private static ValueTask<CustomerDatabase> OpenAsync(Func<Action, Task> runAhead)
    {
        return CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = new SimulatedFiles(seed: 1),
            Clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()),
            Lanes = 1,
            LogPageBytes = 1 << 20,
            LogSegmentBytes = 4 << 20,
            BackgroundCheckpoints = false,
            BackgroundSegments = false,
            RunAhead = runAhead,
        });
    }

    private static async Task<List<object>> StoredAsync(int seed, int count, Func<Action, Task> runAhead)
    {
        await using var database = await OpenAsync(runAhead);
        var random = new Random(seed);
        var told = new List<object>();
        for (var batch = 0; batch < 3; batch++)
        {
            var writes = Enumerable.Range(0, count).Select(i => Write(random)).ToArray();
            foreach (var result in await database.WriteAsync(random.Next(2) == 0 ? writes : new OtherList(writes)))
            {
                told.Add((result.Profile, result.Event, result.Duplicate, result.Conflict, result.Rejection));
            }
        }

        for (var i = 0; i < Profiles; i++)
        {
            told.AddRange(database.Events(Who(i), new EventQuery()).Events);
        }

        return told;
    }

    private static CustomerWrite Write(Random random)
    {
        return random.Next(12) switch
        {
            0 => new ProfileWrite { Profile = [Who(random.Next(Profiles))], Properties = new PropertyMap { ["Plan"] = random.Next(5) } },
            1 => new ListWrite { Profile = [Who(random.Next(Profiles))], List = $"list {random.Next(4)}", Member = true },
            2 => Event(random.Next(Profiles), new PropertyMap { [$"name {random.Next(50)}"] = "x" }) with { Metric = $"metric {random.Next(50)}" },
            3 => Event(random.Next(Profiles), new PropertyMap { ["text"] = new string('é', random.Next(20_000)) }),
            4 => Event(random.Next(Profiles), []) with { Metric = random.Next(2) == 0 ? "" : "Viewed" },
            5 => Event(random.Next(Profiles), new PropertyMap { ["deep"] = Deep(random.Next(1, 20)) }),
            6 => Event(random.Next(Profiles), []) with { Value = random.Next(2) == 0 ? double.NaN : 5 },
            7 => Event(random.Next(Profiles), []) with { Profile = random.Next(2) == 0 ? [] : [Who(random.Next(Profiles)), Identifier.Email($"p{random.Next(Profiles)}@example.com")] },
            8 => Event(random.Next(Profiles), []) with { Time = DatabaseFixture.Start.PlusMs(random.Next(-100_000, 1000)), Backfill = true },
            9 => Event(random.Next(Profiles), []) with { ProfileProperties = new PropertyMap { ["City"] = $"city {random.Next(9)}" } },
            _ => Ordinary(random),
        };
    }

    private static CustomerEvent Ordinary(Random random)
    {
        var properties = new PropertyMap { ["Price"] = random.NextDouble(), ["Ok"] = true, ["When"] = DatabaseFixture.Start };
        return Event(random.Next(Profiles), properties) with { UniqueId = $"u{random.Next(200)}", Value = random.Next(100) };
    }

    private static PropertyValue Deep(int levels) => levels == 0 ? 1 : new PropertyValue[] { Deep(levels - 1) };

    private static CustomerEvent Event(int profile, PropertyMap properties) =>
        new() { Profile = [Who(profile)], Metric = "Placed Order", Properties = properties };

    private static Identifier Who(int i) => Identifier.ExternalId($"u{i}");

    // A list of which nothing is known but that it is one.
    private sealed class OtherList(CustomerWrite[] writes) : IReadOnlyList<CustomerWrite>
    {
        public int Count => writes.Length;

        public CustomerWrite this[int index] => writes[index];

        public IEnumerator<CustomerWrite> GetEnumerator() => ((IEnumerable<CustomerWrite>)writes).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
