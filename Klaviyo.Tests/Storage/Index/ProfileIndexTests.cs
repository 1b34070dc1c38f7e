using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Index;

// Profiles go cold, come back in whole or in part, and cold files are emptied, all the time: every profile keeps its own.
public sealed class ProfileIndexTests
{
    private const int Profiles = 300;

    [Test]
    public void RandomLife_WithLittleMemory_LosesNothing([Values(1, 2, 3, 4)] int seed, [Values(3000, 100_000)] int bytesMax)
    {
        var random = new Random(seed);
        var files = new SimulatedFiles(seed);
        using var index = new ProfileIndex(new ColdFiles(files, "lane-0/cold.", 7, fileBytesMax: 8192)) { BytesMax = bytesMax };
        var model = new Model(random);
        for (var i = 0; i < Profiles; i++)
        {
            index.Add();
        }

        for (var step = 0; step < 30_000; step++)
        {
            var ordinal = (int)(Profiles * random.NextDouble() * random.NextDouble());
            switch (random.Next(20))
            {
                case < 12:
                    index.AddRow(ordinal, model.NewRow(ordinal));
                    break;
                case < 14:
                    model.AddFact(index, ordinal);
                    break;
                case < 16:
                    model.Expect(index, ordinal);
                    break;
                case 16:
                    index.Evict(ordinal);
                    break;
                case 17 when random.Next(50) == 0:
                    index.Erase(ordinal);
                    model.Forget(ordinal);
                    break;
                default:
                    index.Settle();
                    break;
            }

            if (step % 5000 == 4999)
            {
                index.Cold.Delete(index.Cold.TakeOut(new HashSet<int>()));
            }
        }

        Assert.That(index.Cold.Bytes, Is.GreaterThan(0), "nothing went cold, so nothing was tested");
        for (var ordinal = 0; ordinal < Profiles; ordinal++)
        {
            model.Expect(index, ordinal);
            index.Settle();
        }

        Assert.That(model.UniqueIdsMissed(index), Is.Zero, "a duplicate would be stored again");
    }

    private sealed class Model(Random random)
    {
        private readonly List<TimelineRow>[] _rows = [.. Enumerable.Range(0, Profiles).Select(_ => new List<TimelineRow>())];
        private readonly List<(FactKind Kind, int Name, long TimeMs, long Address, byte[] Body)>[] _facts =
            [.. Enumerable.Range(0, Profiles).Select(_ => new List<(FactKind, int, long, long, byte[])>())];

        private long _address;

        internal TimelineRow NewRow(int ordinal)
        {
            var value = random.Next(10) == 0 ? random.NextDouble() : random.Next(1000) / 100.0;
            var row = new TimelineRow(random.Next(200), value, _address += 4, random.Next(300), (uint)random.Next(1, int.MaxValue));
            _rows[ordinal].Add(row);
            return row;
        }

        internal void AddFact(ProfileIndex index, int ordinal)
        {
            var kind = (FactKind)random.Next(1, 5);
            var time = kind == FactKind.Identifier ? Instant.MinValue.UnixMs : random.Next(50);
            var body = new byte[random.Next(1, 60)];
            random.NextBytes(body);
            var fact = (kind, random.Next(200), time, _address += 4, body);
            _facts[ordinal].Add(fact);
            index.AddFact(ordinal, new Fact(fact.kind, fact.Item2, fact.time, fact.Item4, body));
        }

        internal void Forget(int ordinal)
        {
            _rows[ordinal].Clear();
            _facts[ordinal].Clear();
        }

        internal void Expect(ProfileIndex index, int ordinal)
        {
            ref var timeline = ref index.Rows(ordinal);
            var rows = Enumerable.Range(0, timeline.Count).Select(timeline.Rows.Row);
            Assert.That(rows, Is.EqualTo(_rows[ordinal].OrderBy(r => r.TimeMs).ThenBy(r => r.Address)));
            var facts = new List<string>();
            foreach (var fact in index.Facts(ordinal))
            {
                facts.Add($"{fact.Kind} {fact.Name} {fact.TimeMs} {fact.Address} {Convert.ToHexString(fact.Body)}");
            }

            var expected = _facts[ordinal]
                .OrderBy(f => f.Kind)
                .ThenBy(f => f.Kind == FactKind.Property ? f.Name : 0)
                .ThenBy(f => f.TimeMs)
                .ThenBy(f => f.Address)
                .Select(f => $"{f.Kind} {f.Name} {f.TimeMs} {f.Address} {Convert.ToHexString(f.Body)}");
            Assert.That(facts, Is.EqualTo(expected));
        }

        internal int UniqueIdsMissed(ProfileIndex index)
        {
            var missed = 0;
            for (var ordinal = 0; ordinal < Profiles; ordinal++)
            {
                index.Evict(ordinal);
                foreach (var row in _rows[ordinal])
                {
                    missed += index.RowsWith(ordinal, row.Metric, row.UniqueId).UniqueIds.Contains(row.UniqueId) ? 0 : 1;
                }
            }

            return missed;
        }
    }
}
