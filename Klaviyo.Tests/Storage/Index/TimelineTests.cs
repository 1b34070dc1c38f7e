using CsCheck;
using Klaviyo.Storage.Index;

namespace Klaviyo.Tests.Storage.Index;

public sealed class TimelineTests
{
    // Values and times that need every width, mostly the narrow ones.
    private static readonly Gen<double> Values = Gen.Frequency(
        (8, Gen.Int[-100_000, 100_000].Select(n => n / 100.0)),
        (1, Gen.Const(double.NaN)),
        (1, Gen.OneOf(Gen.Const(-0.0), Gen.Const(1.0 / 3), Gen.Const(21_474_836.47), Gen.Const(21_474_836.48), Gen.Const(1e300))));

    private const long Year2006 = 1_136_073_600_000;

    private static readonly Gen<long> Times = Gen.Frequency(
        (40, Gen.Long[Year2006, Year2006 + 40]),
        (1, Gen.OneOf(
            Gen.Const(Instant.MinValue.UnixMs), Gen.Const(Instant.MaxValue.UnixMs), Gen.Const(-1L), Gen.Const(Year2006 - 1),
            Gen.Const(Year2006 + (1L << 40) - 1), Gen.Const(Year2006 + (1L << 40)))));

    private static readonly Gen<int> Metrics = Gen.Frequency((12, Gen.Int[0, 5]), (1, Gen.OneOf(Gen.Int[250, 260], Gen.Int[65_530, 65_540])));

    [Test]
    public void Add_AnyOrderOfArrival_IsAStableSortByTime()
    {
        Gen.Select(Times, Values, Metrics).Array[0, 300].Sample(rows =>
        {
            using var slab = new Slab((_, _, _) => { });
            var timeline = new Timeline();
            var expected = new List<TimelineRow>();
            foreach (var (time, value, metric) in rows)
            {
                var row = new TimelineRow(time, value, 64 + (expected.Count * 1_000_000_004L), metric, (uint)expected.Count * 77);
                timeline.Add(slab, 0, row);
                expected.Add(row);
            }

            var sorted = expected.OrderBy(r => r.TimeMs).ToList();
            Assert.That(Rows(timeline), Is.EqualTo(sorted));
            Assert.That(timeline.UniqueIds.ToArray(), Is.EqualTo(sorted.Select(r => r.UniqueId)));
        });
    }

    [Test]
    public void Shape_OfTheSameRowsInAnyOrder_IsTheSame()
    {
        Gen.Select(Gen.Select(Times, Values, Metrics).Array[1, 30], Gen.Int).Sample((rows, seed) =>
        {
            using var slab = new Slab((_, _, _) => { });
            var (first, second) = (new Timeline(), new Timeline());
            var shuffled = rows.ToArray();
            new Random(seed).Shuffle(shuffled);
            foreach (var ((t, v, m), other) in rows.Zip(shuffled))
            {
                first.Add(slab, 0, new TimelineRow(t, v, 4, m, 0));
                second.Add(slab, 0, new TimelineRow(other.Item1, other.Item2, 4, other.Item3, 0));
            }

            Assert.That(first.Shape, Is.EqualTo(second.Shape));
        });
    }

    [Test]
    public void RowsOf_AnyMetric_AreThoseOfAWalk()
    {
        Gen.Select(Metrics.Array[0, 200], Metrics).Sample((metrics, sought) =>
        {
            using var slab = new Slab((_, _, _) => { });
            var timeline = new Timeline();
            foreach (var metric in metrics)
            {
                timeline.Add(slab, 0, new TimelineRow(0, 0, 0, metric, 0));
            }

            var rows = new int[metrics.Length];
            var found = timeline.Rows.RowsOf(sought, timeline.Count, rows);
            Assert.That(rows[..found], Is.EqualTo(Enumerable.Range(0, metrics.Length).Where(row => metrics[row] == sought)));
        });
    }

    [Test]
    public void Range_AnyBounds_HoldsExactlyTheRowsInside()
    {
        Gen.Select(Gen.Int[0, 20].Array[0, 60], Gen.Int[-1, 21], Gen.Int[-1, 21]).Sample((times, first, last) =>
        {
            using var slab = new Slab((_, _, _) => { });
            var timeline = new Timeline();
            foreach (var time in times)
            {
                timeline.Add(slab, 0, new TimelineRow(time, 0, 0, 0, 0));
            }

            var (start, end) = timeline.Range(new TimeRange(Instant.FromUnixMs(first), Instant.FromUnixMs(last)));
            var inside = Rows(timeline)[start..end].Select(r => r.TimeMs);
            Assert.That(inside, Is.EqualTo(times.Where(t => t >= first && t <= last).Order().Select(t => (long)t)));
        });
    }

    [Test]
    public void Range_OfTheEmptyTimeline_IsEmpty()
    {
        Assert.That(new Timeline().Range(TimeRange.All), Is.EqualTo((0, 0)));
    }

    // Thousands of timelines that grow in turn and sometimes vanish: blocks move all the time, and each keeps its own rows.
    [Test]
    public void Slab_WhileBlocksMove_EveryTimelineKeepsItsRows([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        var timelines = Enumerable.Range(0, 2000).Select(_ => new Timeline()).ToArray();
        var counts = new int[timelines.Length];
        var moves = 0;
        using var slab = new Slab((owner, _, block) =>
        {
            moves++;
            timelines[owner].MovedTo(block);
        });
        for (var step = 0; step < 120_000; step++)
        {
            var t = (int)(timelines.Length * random.NextDouble() * random.NextDouble());
            if (random.Next(5000) == 0)
            {
                timelines[t].Clear(slab);
                counts[t] = 0;
            }

            timelines[t].Add(slab, t, new TimelineRow(counts[t], t, counts[t] * 4, t, (uint)t + 1));
            counts[t]++;
        }

        Assert.That(moves, Is.GreaterThan(1000), "nothing moved, so nothing was tested");
        for (var t = 0; t < timelines.Length; t++)
        {
            var owner = t;
            var expected = Enumerable.Range(0, counts[t]).Select(n => new TimelineRow(n, owner, n * 4, owner, (uint)owner + 1));
            Assert.That(Rows(timelines[t]), Is.EqualTo(expected));
        }

        var rows = timelines.Sum(t => t.Count * t.Shape.RowBytes);
        Assert.That(slab.Bytes, Is.LessThan((rows * 1.5) + (4 << 20)), "the waste is bounded");
    }

    private static List<TimelineRow> Rows(in Timeline timeline) =>
        [.. Enumerable.Range(0, timeline.Count).Select(timeline.Rows.Row)];
}
