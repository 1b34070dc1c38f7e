using CsCheck;
using Klaviyo.Storage.Index;

namespace Klaviyo.Tests.Storage.Index;

public sealed class TimelineTests
{
    [Test]
    public void Add_AnyOrderOfArrival_IsAStableSortByTime()
    {
        Gen.Int[0, 40].Array[0, 400].Sample(times =>
        {
            using var slab = new Slab();
            var timeline = new Timeline();
            var expected = new List<TimelineRow>();
            foreach (var time in times)
            {
                var row = new TimelineRow(time, time * 1.5, expected.Count, time % 3, (uint)expected.Count);
                timeline.Add(slab, row);
                expected.Add(row);
            }

            var sorted = expected.OrderBy(r => r.TimeMs).ToList();
            Assert.That(timeline.Times.ToArray(), Is.EqualTo(sorted.Select(r => r.TimeMs)));
            Assert.That(timeline.Values.ToArray(), Is.EqualTo(sorted.Select(r => r.Value)));
            Assert.That(timeline.Addresses.ToArray(), Is.EqualTo(sorted.Select(r => r.Address)));
            Assert.That(timeline.Metrics.ToArray(), Is.EqualTo(sorted.Select(r => r.Metric)));
            Assert.That(timeline.UniqueIds.ToArray(), Is.EqualTo(sorted.Select(r => r.UniqueId)));
        });
    }

    [Test]
    public void Range_AnyBounds_HoldsExactlyTheRowsInside()
    {
        Gen.Select(Gen.Int[0, 20].Array[0, 60], Gen.Int[-1, 21], Gen.Int[-1, 21]).Sample((times, first, last) =>
        {
            using var slab = new Slab();
            var timeline = new Timeline();
            foreach (var time in times)
            {
                timeline.Add(slab, new TimelineRow(time, 0, 0, 0, 0));
            }

            var (start, end) = timeline.Range(new TimeRange(Instant.FromUnixMs(first), Instant.FromUnixMs(last)));
            var inside = timeline.Times[start..end].ToArray();
            Assert.That(inside, Is.EqualTo(times.Where(t => t >= first && t <= last).Order().Select(t => (long)t)));
        });
    }

    [Test]
    public void Slab_ManyTimelines_KeepTheirOwnRows()
    {
        using var slab = new Slab();
        var timelines = Enumerable.Range(0, 300).Select(_ => new Timeline()).ToArray();
        for (var round = 0; round < 200; round++)
        {
            for (var t = 0; t < timelines.Length; t++)
            {
                timelines[t].Add(slab, new TimelineRow(round, t, round, t, (uint)t + 1));
            }
        }

        timelines[7].Clear(slab);
        for (var t = 0; t < timelines.Length; t++)
        {
            var owner = t;
            Assert.That(timelines[t].Count, Is.EqualTo(t == 7 ? 0 : 200));
            Assert.That(timelines[t].Values.ToArray().All(v => v == owner), Is.True);
        }
    }

    [Test]
    public void Range_OfTheEmptyTimeline_IsEmpty()
    {
        Assert.That(new Timeline().Range(TimeRange.All), Is.EqualTo((0, 0)));
    }
}
