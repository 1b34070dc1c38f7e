using CsCheck;
using Klaviyo.Json;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// Random writes into a database and into a list; every answer must be the same, also after a reopening, a checkpoint, a
// crash, and a deleted checkpoint.
public sealed class DatabaseAgainstOracleTests
{
    private static readonly SegmentDefinition[] Segments =
    [
        Parse("""{"type":"profile-property","property":"city","filter":{"type":"string","operator":"equals","value":"New York"}}"""),
        Parse("""{"type":"profile-metric","metric_id":"Placed Order","measurement":"sum","measurement_filter":{"type":"numeric","operator":"greater-than","value":10},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":3}}"""),
        Parse("""{"type":"profile-metric","metric_id":"Viewed Product","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":0},"timeframe_filter":{"type":"date","operator":"alltime"},"metric_filters":[{"property":"plan","filter":{"type":"existence","operator":"is-set"}}]}"""),
        Parse("""{"type":"profile-group-membership","is_member":true,"group_ids":["vip"]}"""),
    ];

    private enum Deed
    {
        Write,
        Batch,
        Commit,
        Checkpoint,
        Reopen,
        Crash,
        LoseCheckpoints,
        Fork,
        Erase,
        Suppress,
        Merge,
        Split,
        Compact,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes)> Deeds = Gen.Select(
        Gen.Frequency(
            (20, Gen.Const(Deed.Write)),
            (4, Gen.Const(Deed.Batch)),
            (2, Gen.Const(Deed.Commit)),
            (1, Gen.Const(Deed.Checkpoint)),
            (1, Gen.Const(Deed.Reopen)),
            (1, Gen.Const(Deed.Crash)),
            (1, Gen.Const(Deed.LoseCheckpoints)),
            (1, Gen.Const(Deed.Fork)),
            (3, Gen.Const(Deed.Erase)),
            (1, Gen.Const(Deed.Suppress)),
            (2, Gen.Const(Deed.Merge)),
            (3, Gen.Const(Deed.Split)),
            (1, Gen.Const(Deed.Compact))),
        RandomWrites.Write.Array[1, 5]);

    // With little memory nearly every profile is cold at any time.
    [TestCase(1, null)]
    [TestCase(3, null)]
    [TestCase(1, 1000)]
    [TestCase(3, 1000)]
    public void EveryAnswer_IsTheOracles(int lanes, int? indexBytes)
    {
        Gen.Select(Deeds.Array[1, 60], Gen.Int[0, int.MaxValue]).Sample(
            (deeds, seed) => RunAsync(lanes, indexBytes, deeds, seed).GetAwaiter().GetResult(),
            iter: Rounds.Of(150),
            threads: 1,
            print: input => string.Join("\n", input.Item1.Select(d => $"{d.Deed} {string.Join(" | ", d.Writes.Select(Print))}")));
    }

    private static SegmentDefinition Parse(string condition) =>
        SegmentJson.Parse($$"""{"condition_groups":[{"conditions":[{{condition}}]}]}""");

    internal static string Print(CustomerWrite write) => write switch
    {
        CustomerEvent e => $"event [{string.Join(",", e.Profile)}] {e.Metric} {e.Value} {e.UniqueId} {e.Properties} profile {e.ProfileProperties} at {e.Time}",
        ProfileWrite p => $"profile [{string.Join(",", p.Profile)}] {p.Properties} at {p.Time}",
        ListWrite l => $"list [{string.Join(",", l.Profile)}] {l.List} {l.Member} at {l.Time}",
        ConsentWrite c => $"consent [{string.Join(",", c.Profile)}] {c.Channel} {c.Status} at {c.Time}",
        _ => write.ToString(),
    };

    private static async Task RunAsync(int lanes, int? indexBytes, (Deed Deed, CustomerWrite[] Writes)[] deeds, int seed)
    {
        var clock = new FakeTimeProvider(RandomWrites.Now.ToDateTimeOffset());
        var files = new SimulatedFiles(seed);
        var (oracle, durable) = (new NaiveStore(), new List<Action<NaiveStore>>());
        var accepted = new List<Action<NaiveStore>>();
        var ticks = 0;
        var database = await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes);
        foreach (var (deed, generated) in deeds)
        {
            // Between lanes there is no order of arrival within a millisecond, so there every write gets one of its own.
            var writes = lanes == 1 ? generated : [.. generated.Select(w => w with { Time = (w.Time ?? RandomWrites.Now).PlusMs(++ticks) })];
            switch (deed)
            {
                case Deed.Write:
                    CheckResult(oracle, database.Apply(writes[0]), writes[0]);
                    accepted.Add(Applying(writes[0]));
                    break;
                case Deed.Batch:
                    var results = await database.WriteAsync(writes);
                    for (var i = 0; i < writes.Length; i++)
                    {
                        CheckResult(oracle, results[i], writes[i]);
                    }

                    accepted.AddRange(writes.Select(Applying));
                    durable = [.. accepted];
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
                    Assert.That(database.RecordsReplayed, Is.Zero, "a clean closing leaves nothing to replay");
                    break;
                case Deed.Crash:
                    (files, oracle) = (files.AfterPowerCut(), Replayed(durable));
                    accepted = [.. durable];
                    database.Store.Dispose();
                    database = await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes);
                    break;
                case Deed.Erase or Deed.Suppress:
                    var named = writes[0].Profile[0];
                    var erased = await database.EraseAsync(named, deed == Deed.Suppress);
                    Assert.That(erased is not null, Is.EqualTo(oracle.Erase(named, deed == Deed.Suppress)));
                    accepted.Add(o => o.Erase(named, deed == Deed.Suppress));
                    durable = erased is null ? durable : [.. accepted];
                    break;
                case Deed.Merge:
                    var (source, destination) = (writes[0].Profile[0], writes[^1].Profile[^1]);
                    var merged = await database.MergeAsync(source, destination);
                    Assert.That(merged.Accepted, Is.EqualTo(oracle.MergeOf(source, destination)));
                    accepted.Add(o => o.MergeOf(source, destination));
                    durable = merged.Accepted ? [.. accepted] : durable;
                    break;
                case Deed.Split:
                    var key = writes[0].Profile[0];
                    var split = await database.SplitAsync(key);
                    Assert.That(split.Accepted, Is.EqualTo(oracle.Split(key)));
                    accepted.Add(o => o.Split(key));
                    durable = split.Accepted ? [.. accepted] : durable;
                    break;
                case Deed.Compact:
                    var done = await database.CompactAsync();
                    durable = done.Profiles > 0 ? [.. accepted] : durable;
                    break;
                case Deed.LoseCheckpoints:
                    await database.DisposeAsync();
                    durable = [.. accepted];
                    foreach (var name in files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)))
                    {
                        files.Delete(name);
                    }

                    database = await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes);
                    break;
                case Deed.Fork:
                    // The life goes on in the copy.
                    await database.CommitAsync();
                    durable = [.. accepted];
                    (files, database) = await ForkAsync(database, clock, lanes, indexBytes, seed);
                    break;
            }
        }

        Compare(database, oracle);
        var report = await database.VerifyAsync();
        Assert.That(report.Problem, Is.Null);
        await database.DisposeAsync();
    }

    private static async Task<(SimulatedFiles Files, CustomerDatabase Database)> ForkAsync(
        CustomerDatabase source, TimeProvider clock, int lanes, int? indexBytes, int seed)
    {
        var files = new SimulatedFiles(seed);
        await source.Store.ForkAsync(files, null, CancellationToken.None);
        await source.DisposeAsync();
        return (files, await DatabaseFixture.OpenAsync(files, clock, lanes, indexBytes));
    }

    private static Action<NaiveStore> Applying(CustomerWrite write)
    {
        return oracle =>
        {
            if (!oracle.IsRefused(write))
            {
                oracle.Apply(write, RandomWrites.Now);
            }
        };
    }

    private static NaiveStore Replayed(List<Action<NaiveStore>> deeds)
    {
        var oracle = new NaiveStore();
        deeds.ForEach(deed => deed(oracle));
        return oracle;
    }

    private static void CheckResult(NaiveStore oracle, WriteResult result, CustomerWrite write)
    {
        if (oracle.IsRefused(write))
        {
            Assert.That(result.Rejection?.Field, Is.EqualTo("profile"));
            return;
        }

        var (_, duplicate, conflict) = oracle.Apply(write, RandomWrites.Now);
        Assert.That(result.Rejection, Is.Null);
        Assert.That(result.Duplicate, Is.EqualTo(duplicate));
        Assert.That(result.Conflict, Is.EqualTo(conflict));
    }

    internal static void Compare(CustomerDatabase database, NaiveStore oracle, int strangers = 0)
    {
        var stats = database.Stats();
        Assert.That(stats.Profiles, Is.EqualTo(oracle.Live + strangers));
        Assert.That(stats.Events, Is.EqualTo(oracle.EventCount));
        Assert.That(stats.Metrics.Values.Sum(), Is.EqualTo(oracle.EventCount));
        Assert.That(stats.Erased, Is.EqualTo(oracle.Erasures));
        foreach (var identifier in oracle.FreeAgain)
        {
            Assert.That(database.Profile(identifier), Is.Null);
            Assert.That(database.Events(identifier).Events, Is.Empty);
        }

        Instant[] instants = [RandomWrites.Now, RandomWrites.Now.Plus(TimeSpan.FromDays(-2)), RandomWrites.Now.PlusMs(-500), RandomWrites.Now.Plus(TimeSpan.FromDays(1))];
        foreach (var identifier in oracle.AllIdentifiers)
        {
            foreach (var at in instants)
            {
                CompareProfile(database, oracle, identifier, at);
            }
        }
    }

    private static void CompareProfile(CustomerDatabase database, NaiveStore oracle, Identifier identifier, Instant at)
    {
        var root = oracle.RootOf(identifier);
        var history = oracle.History(root);
        foreach (var metric in RandomWrites.Metrics)
        {
            CompareMetric(database, oracle, identifier, metric, at);
        }

        var profile = database.Profile(identifier, at);
        Assert.That(profile is null, Is.EqualTo(history.Created > at));
        foreach (var name in RandomWrites.Properties.Append("email"))
        {
            var expected = oracle.Property(root, name, at);
            Assert.That(profile?.Properties[name] ?? PropertyValue.Null, Is.EqualTo(profile is null ? PropertyValue.Null : expected));
        }

        foreach (var channel in new[] { "email", "sms" })
        {
            Assert.That(profile?.Consents.SingleOrDefault(c => c.Channel == channel), Is.EqualTo(profile is null ? null : history.Consent(channel, at)));
        }

        HistoryComparison.Compare(database, oracle, identifier, at);
        foreach (var segment in Segments)
        {
            Assert.That(database.IsMember(identifier, segment, at), Is.EqualTo(segment.Holds(history.At(at))));
        }
    }

    private static void CompareMetric(CustomerDatabase database, NaiveStore oracle, Identifier identifier, string metric, Instant at)
    {
        var after = at.Plus(TimeSpan.FromDays(-3));
        var events = oracle.Events(oracle.RootOf(identifier), metric, at).Where(e => e.Time > after).ToList();
        var values = events.Where(e => e.Value is not null).Select(e => e.Value!.Value).ToList();
        var query = new AggregateQuery
        {
            Metric = metric,
            Measures = ["count", "sum", "min", "max", "first", "last", "distinct:plan"],
            Range = new TimeRange(after.PlusMs(1), at),
        };
        var answer = database.Aggregate(identifier, query, at).Values;
        Assert.That(answer[0].AsNumber(), Is.EqualTo(events.Count));
        var sum = ExactSum.Of(values);
        Assert.That(answer[1].AsNumber(), Is.EqualTo(sum).Within(1e-12 * Math.Abs(sum)));
        Assert.That(answer[2], Is.EqualTo(values.Count > 0 ? values.Min() : PropertyValue.Null));
        Assert.That(answer[3], Is.EqualTo(values.Count > 0 ? values.Max() : PropertyValue.Null));
        Assert.That(answer[4], Is.EqualTo(values.Count > 0 ? values[0] : PropertyValue.Null));
        Assert.That(answer[5], Is.EqualTo(values.Count > 0 ? values[^1] : PropertyValue.Null));
        Assert.That(answer[6].AsNumber(), Is.EqualTo(events.Select(e => e.Properties["plan"]).Where(v => !v.IsNull).Distinct().Count()));
        CompareTimeline(database, identifier, metric, at, oracle);
    }

    private static void CompareTimeline(CustomerDatabase database, Identifier identifier, string metric, Instant at, NaiveStore oracle)
    {
        var expected = oracle.Events(oracle.RootOf(identifier), metric, at).ToList();
        var actual = database.Events(identifier, new EventQuery { Metric = metric }, at).Events;
        Assert.That(actual.Select(e => e.Time), Is.EqualTo(expected.Select(e => e.Time!.Value)));
        Assert.That(actual.Select(e => e.Value), Is.EquivalentTo(expected.Select(e => e.Value)));
        Assert.That(actual.Select(e => e.UniqueId), Is.EquivalentTo(expected.Select(e => e.UniqueId)));
        Assert.That(actual.Select(e => e.Properties).All(p => expected.Exists(e => e.Properties.Equals(p))), Is.True);
    }
}
