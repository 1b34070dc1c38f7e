using CsCheck;
using Klaviyo.Json;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Oracle;

// Segments that are kept current are, at any instant after anything at all, what an evaluation from scratch gives; and what the
// stream of changes tells adds up to it, with the exact instants. The clock is also set back: segments never go back.
//
// A life is asked after every deed, or it is quiet: then nobody asks, so that nothing but the writes themselves finds what time
// has done before them. What the stream has to tell is foretold from definitions and histories alone.
public sealed class LiveSegmentsAgainstEvaluationTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    private static readonly string[] Conditions =
    [
        """{"type":"profile-property","property":"city","filter":{"type":"string","operator":"equals","value":"New York"}}""",
        """{"type":"profile-metric","metric_id":"Placed Order","measurement":"sum","measurement_filter":{"type":"numeric","operator":"greater-than","value":10},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":3}}""",
        """{"type":"profile-metric","metric_id":"Viewed Product","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":0},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":50}}""",
        """{"type":"profile-metric","metric_id":"Opened Email","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than-or-equal","value":2},"timeframe_filter":{"type":"date","operator":"between","start":1,"end":6,"unit":"day"}}""",
        """{"type":"profile-metric","metric_id":"Viewed Product","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":0},"timeframe_filter":{"type":"date","operator":"alltime"},"metric_filters":[{"property":"plan","filter":{"type":"existence","operator":"is-set"}}]}""",
        """{"type":"profile-metric","metric_id":"Placed Order","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"month","quantity":1},"metric_filters":[{"property":"score","filter":{"type":"numeric","operator":"greater-than","value":0}}]}""",
        """{"type":"profile-group-membership","is_member":true,"group_ids":["vip"]}""",
        """{"type":"profile-property","property":"plan","filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":30}}""",
        """{"type":"profile-property","property":"city","filter":{"type":"existence","operator":"not-set"},"has_been":{"operator":"at-least","quantity":2,"unit":"day"}}""",
        """{"not":{"type":"profile-property","property":"score","filter":{"type":"numeric","operator":"greater-than","value":1}}}""",
        """{"type":"aggregate","metric_id":"Placed Order","measurement":"last:score","filter":{"type":"numeric","operator":"greater-than","value":0},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":8}}""",
        """{"type":"stopped","metric_id":"Viewed Product","quantity":2,"unit":"day"}""",
        """{"type":"regularly","metric_id":"Viewed Product","quantity":2,"unit":"day"}""",
        """{"type":"sequence","steps":[{"metric_id":"Viewed Product"},{"metric_id":"Placed Order","within":{"quantity":3,"unit":"day"}},{"metric_id":"Opened Email","happened":false,"within":{"quantity":1,"unit":"day"}}]}""",
        """{"type":"related-objects","object_type":"account","quantifier":"any","where":{"type":"profile-property","property":"tier","filter":{"type":"string","operator":"equals","value":"gold"}}}""",
        """{"type":"related-objects","object_type":"account","quantifier":"count","filter":{"type":"numeric","operator":"greater-than","value":1}}""",
        """{"type":"related-objects","object_type":"account","quantifier":"any","where":{"type":"profile-metric","metric_id":"Renewed","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":2}}}""",
        """{"type":"related-objects","object_type":"account","relation":"member","quantifier":"all","where":{"type":"profile-metric","metric_id":"Renewed","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":0},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":50}}}""",
        """{"type":"related-objects","object_type":"account","quantifier":"none","where":{"type":"profile-property","property":"renews","filter":{"type":"date","operator":"in-the-next","unit":"day","quantity":1}}}""",
        """{"type":"related-objects","object_type":"account","relation":"owner","quantifier":"count","filter":{"type":"numeric","operator":"between","start":1,"end":2},"where":{"type":"profile-property","property":"tier","filter":{"type":"string","operator":"equals","value":"gold"},"has_been":{"operator":"at-least","quantity":1,"unit":"day"}}}""",
        """{"type":"profile-has-custom-object","object_type_id":"account","object_type_relationship_id":"member","filter":{"type":"numeric","operator":"greater-than","value":0},"filters":[{"property_id":"renews","filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":20}}]}""",
        """{"type":"profile-marketing-consent","consent":{"channel":"email","can_receive_marketing":true,"consent_status":{"subscription":"subscribed","filters":[{"field":"status_date","filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":2}}]}}}""",
        """{"and":[{"type":"first-time","metric_id":"Placed Order","timeframe_filter":{"type":"date","operator":"this-calendar","unit":"day"}},{"not":{"type":"profile-property","property":"city","filter":{"type":"string","operator":"equals","value":"Paris"}}}]}""",
    ];

    private static readonly string[] Asking =
    [
        """{"type":"profile-group-membership","is_member":false,"group_ids":["OTHER"]}""",
        """{"type":"profile-group-membership","is_member":true,"group_ids":["OTHER","vip"]}""",
        """{"type":"profile-group-membership","is_member":true,"group_ids":["OTHER"],"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":30}}""",
    ];

    private enum Deed
    {
        Write,
        Batch,
        Pass,
        Turn,
        Define,
        Remove,
        Ready,
        Checkpoint,
        Reopen,
        Crash,
        LoseCheckpoints,
        LoseTheClock,
        Fork,
        Erase,
        Merge,
        Split,
        Compact,
        Relate,
        WriteObject,
        EraseObject,
        SetBack,
        Ask,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Writes, int Number)> Deeds = Gen.Select(
        Gen.Frequency(
            (20, Gen.Const(Deed.Write)),
            (4, Gen.Const(Deed.Batch)),
            (10, Gen.Const(Deed.Pass)),
            (3, Gen.Const(Deed.Turn)),
            (4, Gen.Const(Deed.Define)),
            (1, Gen.Const(Deed.Remove)),
            (3, Gen.Const(Deed.Ready)),
            (1, Gen.Const(Deed.Checkpoint)),
            (1, Gen.Const(Deed.Reopen)),
            (1, Gen.Const(Deed.Crash)),
            (1, Gen.Const(Deed.LoseCheckpoints)),
            (1, Gen.Const(Deed.LoseTheClock)),
            (1, Gen.Const(Deed.Fork)),
            (2, Gen.Const(Deed.Erase)),
            (2, Gen.Const(Deed.Merge)),
            (2, Gen.Const(Deed.Split)),
            (1, Gen.Const(Deed.Compact)),
            (4, Gen.Const(Deed.Relate)),
            (4, Gen.Const(Deed.WriteObject)),
            (1, Gen.Const(Deed.EraseObject)),
            (2, Gen.Const(Deed.SetBack)),
            (1, Gen.Const(Deed.Ask))),
        RandomWrites.Write.Array[1, 5],
        Gen.Int[0, int.MaxValue]);

    [TestCase(1, null, false)]
    [TestCase(3, null, false)]
    [TestCase(1, 1000, false)]
    [TestCase(1, null, true)]
    [TestCase(3, null, true)]
    [TestCase(1, 1000, true)]
    public void LiveSegments_AreWhatEvaluationGives(int lanes, int? indexBytes, bool isQuiet)
    {
        Gen.Select(Deeds.Array[1, 60], Gen.Int[0, int.MaxValue]).Sample(
            (deeds, seed) => new Life(lanes, indexBytes, seed, isQuiet).RunAsync(deeds).GetAwaiter().GetResult(),
            iter: Rounds.Of(150),
            threads: 1,
            print: input => string.Join("\n", input.Item1.Select(d => $"{d.Deed} {d.Number} {string.Join(" | ", d.Writes.Select(DatabaseAgainstOracleTests.Print))}")));
    }

    private static string ConditionOf(int number, string name)
    {
        // Every fourth asks for another segment, always for an earlier one so that there is no circle.
        var condition = number / 4 % 3 == 1
            ? CountedSegmentsAgainstEvaluationTests.Definition(
                number / 12, RandomWrites.Metrics[number % RandomWrites.Metrics.Length], number % 2 == 0 ? "hour" : "day", longest: 60)
            : Conditions[number % Conditions.Length];
        if (number % 4 != 0 || name == "a")
        {
            return condition;
        }

        var other = name == "b" || number % 8 == 0 ? "a" : "b";
        var asked = Asking[number / 8 % Asking.Length].Replace("OTHER", other, StringComparison.Ordinal);
        return $$"""{"or":[{{condition}},{{asked}}]}""";
    }

    private sealed class Life(int lanes, int? indexBytes, int seed, bool isQuiet)
    {
        private readonly FakeTimeProvider _clock = new(RandomWrites.Now.ToDateTimeOffset());
        private readonly Dictionary<(string Segment, ProfileId Profile), Instant> _members = [];
        private readonly ForetoldChanges _foretold = new();
        private SimulatedFiles _files = new(seed);
        private CustomerDatabase _database = null!;
        private StorePosition? _read;
        private Instant _wroteAt = Instant.MinValue;

        internal async Task RunAsync((Deed Deed, CustomerWrite[] Writes, int Number)[] deeds)
        {
            _database = await OpenAsync();
            foreach (var (deed, writes, number) in deeds)
            {
                _foretold.FollowTime(_database, At());
                var (at, tails) = (At(), Tails());
                await DoAsync(deed, [.. writes.Select(Lately)], number);
                if (deed is Deed.Write or Deed.Batch or Deed.Relate or Deed.WriteObject && _database.Segments.Count > 0 && Tails() > tails)
                {
                    _wroteAt = at;
                }

                _foretold.FollowTime(_database, At());
                _foretold.FollowDeed(_database, At());
                if (!isQuiet)
                {
                    Compare();
                }
            }

            Compare();
            await _database.RunSegmentsAsync();
            _foretold.FollowDeed(_database, At());
            CompareStream();
            var report = await _database.VerifyAsync();
            Assert.That(report.Problem, Is.Null);
            await _database.DisposeAsync();
        }

        private async Task DoAsync(Deed deed, CustomerWrite[] writes, int number)
        {
            var name = Names[number % Names.Length];
            switch (deed)
            {
                case Deed.Write:
                    _database.Apply(writes[0]);
                    break;
                case Deed.Batch:
                    await _database.WriteAsync(writes);
                    break;
                case Deed.Pass:
                    await PassAsync(number);
                    break;
                case Deed.SetBack:
                    _clock.AdjustTime(_clock.GetUtcNow().AddMilliseconds(-(number % (2 * 86_400_000))));
                    break;
                case Deed.Ask:
                    Compare();
                    break;
                case Deed.Turn:
                    await _database.RunSegmentsAsync();
                    _foretold.FollowDeed(_database, At());
                    CompareStream();
                    break;
                case Deed.Define:
                    await _database.DefineSegmentAsync(name, SegmentJson.Parse(ConditionOf(number, name)));
                    break;
                case Deed.Remove:
                    await RemoveAsync(name);
                    break;
                case Deed.Ready when _database.Segment(name) is not null:
                    await _database.SegmentReadyAsync(name);
                    Assert.That(_database.SegmentStatus(name)!.IsReady);
                    break;
                case Deed.Checkpoint:
                    await _database.CheckpointAsync();
                    break;
                case Deed.Reopen:
                    await CloseAsync();
                    _database = await OpenAsync();
                    break;
                case Deed.Crash:
                    await CrashAsync();
                    break;
                case Deed.LoseCheckpoints:
                    await CloseAsync();
                    DeleteCheckpoints();
                    _database = await OpenAsync();
                    break;
                case Deed.LoseTheClock:
                    await LoseTheClockAsync(number);
                    break;
                case Deed.Fork:
                    await ForkAsync();
                    break;
                case Deed.Erase:
                    await _database.EraseAsync(writes[0].Profile[0], suppress: false);
                    break;
                case Deed.EraseObject:
                    await _database.EraseAsync(Account(number), suppress: false);
                    break;
                case Deed.Merge:
                    await _database.MergeAsync(writes[0].Profile[0], writes[^1].Profile[^1]);
                    break;
                case Deed.Split:
                    await _database.SplitAsync(writes[0].Profile[0]);
                    break;
                case Deed.Relate:
                    _database.Apply(new RelationWrite
                    {
                        Profile = writes[0].Profile,
                        Object = Account(number),
                        Name = number % 4 == 0 ? "owner" : "member",
                        Related = number % 5 > 0,
                        Time = writes[0].Time,
                    });
                    break;
                case Deed.WriteObject:
                    _database.Apply(ObjectWrite(number, writes[0].Time));
                    break;
                case Deed.Compact:
                    await _database.CompactAsync();
                    break;
            }
        }

        // When nothing is written, what happens are the flips that the definitions foretell, at their instants.
        private async Task PassAsync(int number)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(number % 5 == 0 ? number % 1000 : number % (3 * 86_400_000)));
            if (isQuiet)
            {
                return;
            }

            _foretold.FollowTime(_database, At());
            if (number % 2 == 0)
            {
                await _database.RunSegmentsAsync();
                _foretold.FollowDeed(_database, At());
            }

            // Else whoever asks finds them.
            Compare();
            await _database.CommitAsync();
            CompareStream();
        }

        // Around the time that it is, so that something lies in the windows.
        private CustomerWrite Lately(CustomerWrite write) =>
            write with { Time = write.Time?.PlusMs(Clock().UnixMs - RandomWrites.Now.UnixMs) };

        private static CustomerWrite ObjectWrite(int number, Instant? time)
        {
            return (number % 4) switch
            {
                0 => new CustomerEvent { Profile = [Account(number)], Metric = "Renewed", Time = time },
                1 => new ProfileWrite
                {
                    Profile = [Account(number)],
                    Properties = new PropertyMap { ["renews"] = RandomWrites.Now.PlusMs(number % (9 * 86_400_000)) },
                    Time = time,
                },
                _ => new ProfileWrite
                {
                    Profile = [Account(number)],
                    Properties = new PropertyMap { ["tier"] = number % 3 > 0 ? "gold" : "tin" },
                    Time = time,
                },
            };
        }

        private async Task RemoveAsync(string name)
        {
            try
            {
                await _database.RemoveSegmentAsync(name);
            }
            catch (SegmentInUseException refused)
            {
                Assert.That(name, Is.Not.EqualTo("c"), "nobody asks for the last");
                Assert.That(refused.Segments, Is.Not.Empty);
            }
        }

        // How late it was once is not known any more when the clock was set back since, but for what was found then.
        private async Task CloseAsync()
        {
            if (Clock() < At())
            {
                await _database.RunSegmentsAsync();
                _foretold.FollowDeed(_database, At());
            }

            await _database.DisposeAsync();
        }

        private async Task CrashAsync()
        {
            var tails = Tails();
            _files = _files.AfterPowerCut();
            _database.Store.Dispose();
            _database = await OpenAsync();
            if (Tails() < tails)
            {
                // What was taken away does not say how far segments were.
                _wroteAt = Instant.MinValue;
            }

            await ReadOnAsync();
        }

        // A crash, no checkpoint, and a clock that is behind: the log alone says how far segments were. Later than that nothing
        // had happened, so at whatever instant they stand now, their members are the same.
        private async Task LoseTheClockAsync(int number)
        {
            await _database.RunSegmentsAsync();
            await _database.CommitAsync();
            var members = AllMembers();
            _files = _files.AfterPowerCut();
            _database.Store.Dispose();
            DeleteCheckpoints();
            _clock.AdjustTime(_clock.GetUtcNow().AddMilliseconds(-(number % (2 * 86_400_000))));
            _database = await OpenAsync();
            Assert.That(At(), Is.GreaterThanOrEqualTo(_wroteAt));
            Assert.That(AllMembers(), Is.EqualTo(members));
            Assert.That((await _database.VerifyAsync()).Problem, Is.Null);
            await ReadOnAsync();
        }

        private List<(string, ProfileSummary)> AllMembers() =>
            [.. _database.Segments.SelectMany(name => _database.SegmentMembers(name).Select(m => (name, m)))];

        private long Tails() => _database.Store.Lanes.Sum(l => l.Log.Tail.Value);

        private void DeleteCheckpoints()
        {
            foreach (var file in _files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)))
            {
                _files.Delete(file);
            }
        }

        private async Task ForkAsync()
        {
            await _database.CommitAsync();
            var files = new SimulatedFiles(seed);
            await _database.Store.ForkAsync(files, null, CancellationToken.None);
            await _database.DisposeAsync();
            _files = files;
            _database = await OpenAsync();
            await ReadOnAsync();
        }

        // What was not durable may be lost, so what the stream tells is foretold from here on.
        private async Task ReadOnAsync()
        {
            _members.Clear();
            _read = null;
            await _database.RunSegmentsAsync();
            Read();
            _foretold.BeginAgain(_database, At());
        }

        private void Compare()
        {
            var at = At();
            foreach (var name in _database.Segments)
            {
                var definition = _database.Segment(name)!;
                var expected = _database.SegmentMembers(definition, at).ToList();
                foreach (var profile in Everybody())
                {
                    var isMember = expected.Exists(m => m.Id.ToString() == profile.Value);
                    Assert.That(_database.IsMember(profile, name), Is.EqualTo(isMember), $"{profile} in {name} at {at}");
                }

                Assert.That(_database.CountSegment(name), Is.EqualTo(expected.Count), name);
                Assert.That(_database.SegmentMembers(name), Is.EqualTo(expected), name);
                Assert.That(
                    _database.SegmentOverlap(name, _database.Segments[0]),
                    Is.EqualTo(expected.Count(m => IsMember(Identifier.Of(IdentifierKind.Id, m.Id.ToString()), _database.Segments[0], at))));
            }
        }

        // The changes up to now are those that were foretold, and added up they are who is in which segment.
        private void CompareStream()
        {
            _foretold.Compare(_database, Read());
            foreach (var name in _database.Segments.Where(n => _database.SegmentStatus(n)!.IsReady))
            {
                var members = _database.SegmentMembers(name).Select(m => m.Id);
                Assert.That(_members.Keys.Where(m => m.Segment == name).Select(m => m.Profile), Is.EquivalentTo(members), name);
                Assert.That(
                    _database.SegmentHistory(name, At(), null, TimeUnit.Hour)[^1].Members, Is.EqualTo(_database.CountSegment(name)), name);
            }
        }

        private List<SegmentChange> Read()
        {
            var changes = _database.Store.DurableChanges(null, _read).ToList();
            foreach (var change in changes)
            {
                var key = (change.Segment, change.Profile);
                if (change.Cause == SegmentChangeCause.Erase)
                {
                    _members.Remove(key);
                }
                else if (change.Entered)
                {
                    Assert.That(_members.TryAdd(key, change.At), $"{change} twice");
                }
                else if (_members.Remove(key, out var since))
                {
                    Assert.That(change.At, Is.GreaterThanOrEqualTo(since), $"{change}");
                }

                _read = change.Next;
            }

            return changes;
        }

        private List<Identifier> Everybody() => ForetoldChanges.Everybody(_database);

        private bool IsMember(Identifier profile, string name, Instant at) => _database.IsMember(profile, _database.Segment(name)!, at);

        private static Identifier Account(int number) => Identifier.Object("account", $"a{number % 3}");

        private Instant Clock() => _clock.GetUtcNow();

        // The instant at which named segments stand: the clock's latest.
        private Instant At() => _database.Store.SegmentNow(Clock());

        private ValueTask<CustomerDatabase> OpenAsync() => DatabaseFixture.OpenAsync(_files, _clock, lanes, indexBytes);
    }
}
