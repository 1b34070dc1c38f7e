using CsCheck;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// Random relations among people that merge and objects, with late writes, checkpoints, reopenings and crashes.
public sealed class ObjectsAgainstOracleTests
{
    private enum Deed
    {
        Write,
        Commit,
        Checkpoint,
        Reopen,
        Crash,
    }

    private static readonly Gen<Identifier> Objects =
        Gen.Int[1, 4].Select(n => Identifier.Object(n % 2 == 0 ? "account" : "store", $"{n}"));

    private static readonly Gen<CustomerWrite> Writes = Gen.Frequency(
        (3, RandomWrites.Write),
        (4, Gen.Select(RandomWrites.Who(), Objects, Gen.Int[0, 1], Gen.Bool, RandomWrites.Times).Select((who, other, name, related, time) =>
            (CustomerWrite)new RelationWrite
            {
                Profile = who,
                Object = other,
                Name = name == 0 ? "member" : "owner",
                Related = related,
                Time = time,
            })),
        (1, Gen.Select(Objects, Gen.Int[0, 9], RandomWrites.Times).Select((other, plan, time) =>
            (CustomerWrite)new ProfileWrite { Profile = [other], Properties = new PropertyMap { ["plan"] = plan }, Time = time })),
        (1, Gen.Select(Objects, Gen.Int[0, 9], RandomWrites.Times).Select((other, value, time) =>
            (CustomerWrite)new CustomerEvent { Profile = [other], Metric = "Placed Order", Value = value, Time = time })));

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes)> Deeds = Gen.Select(
        Gen.Frequency(
            (20, Gen.Const(Deed.Write)),
            (2, Gen.Const(Deed.Commit)),
            (1, Gen.Const(Deed.Checkpoint)),
            (1, Gen.Const(Deed.Reopen)),
            (1, Gen.Const(Deed.Crash))),
        Writes.Array[1, 4]);

    [TestCase(1, null)]
    [TestCase(3, null)]
    [TestCase(1, 1000)]
    [TestCase(3, 1000)]
    public void EveryRelation_IsTheOracles(int lanes, int? indexBytes)
    {
        Gen.Select(Deeds.Array[1, 50], Gen.Int[0, int.MaxValue]).Sample(
            (deeds, seed) => RunAsync(lanes, indexBytes, deeds, seed).GetAwaiter().GetResult(), iter: 100, threads: 1);
    }

    private static async Task RunAsync(int lanes, int? indexBytes, (Deed Deed, CustomerWrite[] Writes)[] deeds, int seed)
    {
        var clock = new FakeTimeProvider(RandomWrites.Now.ToDateTimeOffset());
        var files = new SimulatedFiles(seed);
        var (accepted, durable) = (new List<CustomerWrite>(), new List<CustomerWrite>());
        var database = await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes);
        var ticks = 0;
        foreach (var (deed, generated) in deeds)
        {
            switch (deed)
            {
                case Deed.Write:
                    // Between lanes there is no order of arrival within a millisecond: every write gets one of its own.
                    var writes = generated.Select(w => w with { Time = (w.Time ?? RandomWrites.Now).PlusMs(++ticks) }).ToArray();
                    var results = new WriteResult[writes.Length];
                    database.Store.Apply(writes, results);
                    Assert.That(results.All(r => r.Accepted));
                    accepted.AddRange(writes);
                    break;
                case Deed.Commit:
                    await database.CommitAsync();
                    durable = [.. accepted];
                    break;
                case Deed.Checkpoint:
                    await database.CheckpointAsync();
                    durable = [.. accepted];
                    break;
                case Deed.Reopen:
                    await database.DisposeAsync();
                    durable = [.. accepted];
                    database = await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes);
                    break;
                case Deed.Crash:
                    files = files.AfterPowerCut();
                    accepted = [.. durable];
                    database.Store.Dispose();
                    database = await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes);
                    break;
            }
        }

        Compare(database, accepted);
        await CompareExportedAsync(database, clock, lanes, indexBytes, accepted);
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
        await database.DisposeAsync();
    }

    private static async Task CompareExportedAsync(
        CustomerDatabase database, FakeTimeProvider clock, int lanes, int? indexBytes, List<CustomerWrite> writes)
    {
        var export = await ExportRoundTripTests.ExportAsync(database);
        await using var other = await DatabaseFixture.OpenAsync(new SimulatedFiles(7), clock, lanes, indexBytes);
        var result = await ExportRoundTripTests.ImportAsync(other, export);
        Assert.That(result.FirstRejection, Is.Null);
        Compare(other, writes);
        ExportRoundTripTests.AssertSameLines(await ExportRoundTripTests.ExportAsync(other), export, lanes);
    }

    private static void Compare(CustomerDatabase database, List<CustomerWrite> writes)
    {
        var people = new NaiveStore();
        var relations = new NaiveRelations(people);
        foreach (var write in writes)
        {
            if (write is RelationWrite relation)
            {
                var (owner, _, _) = people.Apply(new ProfileWrite { Profile = write.Profile, Time = write.Time }, RandomWrites.Now);
                people.Apply(new ProfileWrite { Profile = [relation.Object], Time = write.Time }, RandomWrites.Now);
                relations.Apply(relation, owner);
            }
            else
            {
                people.Apply(write, RandomWrites.Now);
            }
        }

        var objects = people.AllIdentifiers.Where(i => i.Kind.ObjectType is not null).ToList();
        Assert.That(database.Stats().Profiles, Is.EqualTo(people.Live - objects.Count));
        Instant[] instants = [RandomWrites.Now, RandomWrites.Now.Plus(TimeSpan.FromDays(-2)), RandomWrites.Now.Plus(TimeSpan.FromDays(3))];
        foreach (var at in instants)
        {
            CompareAt(database, people, relations, at);
        }
    }

    private static void CompareAt(CustomerDatabase database, NaiveStore people, NaiveRelations relations, Instant at)
    {
        var all = relations.All(at).ToList();
        foreach (var identifier in people.AllIdentifiers)
        {
            var isObject = identifier.Kind.ObjectType is not null;
            var root = people.RootOf(identifier);
            var expected = all.Where(r => isObject ? r.Object == identifier : r.Person == root).ToList();
            var actual = database.RelationHistory(identifier, asOf: at);
            Assert.That(
                actual.Select(r => (r.Name, isObject ? people.RootOf(r.Other) : root, isObject ? identifier : r.Other, r.Since, r.Until)),
                Is.EquivalentTo(expected));
            Assert.That(
                database.Relations(identifier, "member", at),
                Is.EqualTo(actual.Where(r => r.Until is null && r.Name == "member")));
            if (isObject)
            {
                CompareObject(database, people, identifier, at);
            }
        }
    }

    private static void CompareObject(CustomerDatabase database, NaiveStore people, Identifier identifier, Instant at)
    {
        var root = people.RootOf(identifier);
        var read = database.Object(identifier.Kind.ObjectType!, identifier.Value, at);
        Assert.That(read is null, Is.EqualTo(people.History(root).Created > at));
        Assert.That(read?.Properties["plan"] ?? PropertyValue.Null, Is.EqualTo(read is null ? PropertyValue.Null : people.Property(root, "plan", at)));
        Assert.That(
            database.Events(identifier, asOf: at).Events.Select(e => e.Time),
            Is.EqualTo(people.Events(root, "Placed Order", at).Select(e => e.Time!.Value)));
    }
}
