using System.Diagnostics;
using CsCheck;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Oracle;

// "The history of a property is a step function: an entry for each instant at which the value that readers see changed." So it
// is what one finds who asks for the value at every instant there is; only that this takes the square of the time.
[TestFixture(1)]
[TestFixture(3)]
public sealed class PropertyHistoryTests(int lanes)
{
    private static readonly Identifier Ada = Identifier.ExternalId("ada");
    private static readonly Identifier Bob = Identifier.ExternalId("bob");

    private static readonly string[] Names = [.. RandomWrites.Properties, "email", "external_id", "anonymous_id", "id"];

    private enum Deed
    {
        Write,
        Merge,
        Split,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes)> Deeds = Gen.Select(
        Gen.Frequency((6, Gen.Const(Deed.Write)), (3, Gen.Const(Deed.Merge)), (1, Gen.Const(Deed.Split))),
        RandomWrites.Write.Array[1, 2]);

    [Test]
    public void PropertyHistory_IsWhatIsSeenAtEachInstant()
    {
        Deeds.Array[1, 80].Sample(deeds => RunAsync(deeds).GetAwaiter().GetResult(), iter: Rounds.Of(100), threads: 1);
    }

    // All writers of the lane wait for whoever reads it. The loop took 3.5 seconds, of a merged profile 6.
    [TestCase(false)]
    [TestCase(true)]
    [NonParallelizable] // It measures time.
    public async Task PropertyHistory_OfTwentyThousandWrites_IsOneWalk(bool merged)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        for (var i = 0; i < 20_000; i++)
        {
            store.Database.Apply(new ProfileWrite
            {
                Profile = [merged && i % 2 == 1 ? Bob : Ada],
                Properties = new PropertyMap { ["score"] = i },
                Time = DatabaseFixture.Start.PlusMs(i - 20_000L),
            });
        }

        if (merged)
        {
            await store.Database.MergeAsync(Bob, Ada);
        }

        var started = Stopwatch.GetTimestamp();
        var history = store.Database.PropertyHistory(Ada, "score");
        var took = Stopwatch.GetElapsedTime(started);
        await TestContext.Out.WriteLineAsync($"{history.Count} changes in {took.TotalMilliseconds:F0} ms");
        Assert.That(history, Has.Count.EqualTo(merged ? 10_000 : 20_000), "the destination's own values win");
        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(1)));
    }

    private async Task RunAsync((Deed Deed, CustomerWrite[] Writes)[] deeds)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        store.Clock.SetUtcNow(RandomWrites.Now.ToDateTimeOffset());
        foreach (var (deed, writes) in deeds)
        {
            _ = deed switch
            {
                Deed.Merge => store.Database.Store.Merge(writes[0].Profile[0], writes[^1].Profile[^1]).Accepted,
                Deed.Split => store.Database.Store.Split(writes[0].Profile[0]).Accepted,
                _ => store.Database.Apply(writes[0]).Rejection is null,
            };
        }

        var instants = deeds.SelectMany(d => d.Writes).Select(w => w.Time ?? RandomWrites.Now).Append(Instant.MinValue).Distinct().Order().ToArray();
        Instant[] asked = [RandomWrites.Now.Plus(TimeSpan.FromDays(-5)), RandomWrites.Now, Instant.MaxValue];
        foreach (var identifier in deeds.SelectMany(d => d.Writes).SelectMany(w => w.Profile).Distinct())
        {
            foreach (var (name, at) in Names.SelectMany(name => asked.Select(at => (name, at))))
            {
                Compare(store.Database, identifier, name, instants, at);
            }
        }
    }

    private static void Compare(CustomerDatabase database, Identifier identifier, string name, Instant[] instants, Instant at)
    {
        var expected = database.Store.Read(identifier, (name, instants, at), static (history, ask) =>
        {
            var changes = new List<PropertyWrite>();
            foreach (var instant in ask.instants.Where(i => i <= ask.at && history.PropertyWrites(ask.name).Length > 0))
            {
                var time = instant < history.Created ? history.Created : instant;
                Add(changes, new PropertyWrite(time, history.Property(ask.name, instant)));
            }

            return history.Created > ask.at ? [] : changes;
        });
        Assert.That(database.PropertyHistory(identifier, name, at), Is.EqualTo(expected ?? []), $"{name} of {identifier}");
    }

    private static void Add(List<PropertyWrite> changes, PropertyWrite next)
    {
        changes.RemoveAll(c => c.Time == next.Time);
        if (next.Value != (changes.Count > 0 ? changes[^1].Value : PropertyValue.Null))
        {
            changes.Add(next);
        }
    }
}
