using CsCheck;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;

namespace Klaviyo.Tests.Flows.State;

// The count of a line against a list of instants: what has room at an instant, and when there is room again.
public sealed class RateWindowTests
{
    private static readonly Instant Start = Instant.Parse("2026-03-02T09:00:00Z");

    // Passes, and messages that are taken and settle later, over two lanes.
    private static readonly Gen<(int Wait, int Lane, bool IsMessage)[]> Arrivals =
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 1], Gen.Bool).Array[1, 60];

    [Test]
    public void Room_IsWhatAListOfInstantsSays()
    {
        Gen.Select(Arrivals, Gen.Int[1, 5], Gen.Int[1, 100]).Sample((arrivals, count, window) =>
        {
            var limit = new RateLimit(count, TimeSpan.FromMilliseconds(window));
            var lanes = new[] { new RateWindow(), new RateWindow() };
            var (passed, at) = (new List<Instant>(), Start);
            foreach (var (wait, lane, isMessage) in arrivals)
            {
                at = at.PlusMs(wait);
                var room = RateTable.RoomAt(lanes, limit, at);
                Assert.That(room, Is.EqualTo(Expected(passed, limit, at)));
                at = room!.Value;
                if (isMessage)
                {
                    lanes[lane].Apply(new RateChange(RateChangeKind.Take, "l", at, 3, limit.WindowMs, 0));
                    Assert.That(lanes.Sum(w => w.Used(at.PlusMs(1_000_000), limit)), Is.EqualTo(1), "until it is known when it began it counts");
                    at = at.PlusMs(wait / 2);
                    lanes[lane].Apply(new RateChange(RateChangeKind.Settle, "l", at, 0, 0, 1));
                }
                else
                {
                    lanes[lane].Apply(new RateChange(RateChangeKind.Pass, "l", at, 3, limit.WindowMs, 0));
                }

                passed.Add(at);
                Assert.That(passed.Count(p => p > at.PlusMs(-limit.WindowMs) && p <= at), Is.LessThanOrEqualTo(limit.Count));
                lanes[lane] = Reloaded(lanes[lane]);
            }
        });
    }

    [Test]
    public void ClockSetBack_MakesNoRoom()
    {
        var window = new RateWindow();
        var limit = new RateLimit(1, TimeSpan.FromMinutes(1));
        window.Apply(new RateChange(RateChangeKind.Pass, "l", Start, 0, limit.WindowMs, 0));
        Assert.That(RateTable.RoomAt([window], limit, Start.PlusMs(-3_600_000)), Is.EqualTo(Start.PlusMs(60_000)));
    }

    [Test]
    public void Change_ReadsBackTheSame_AndWhatIsNoneIsRefused()
    {
        var changes = Gen.Select(Gen.Int[0, 2], Gen.String, Gen.Long[-1_000_000, 4_000_000_000_000], Gen.Int[0, 9], Gen.Long[1, 1 << 30], Gen.Int[0, 99])
            .Select(c => (RateChangeKind)c.Item1 == RateChangeKind.Settle
                ? new RateChange(RateChangeKind.Settle, c.Item2, Instant.FromUnixMs(c.Item3), 0, 0, c.Item6)
                : new RateChange((RateChangeKind)c.Item1, c.Item2, Instant.FromUnixMs(c.Item3), c.Item4, c.Item5, 0));
        changes.Where(c => !c.Line.Any(char.IsSurrogate)).Sample(change =>
        {
            var writer = new ByteWriter();
            RateCodec.Write(writer, change);
            Assert.That(RateCodec.Read(writer.Written), Is.EqualTo(change));
            var bytes = writer.Written.ToArray();
            Assert.That(() => RateCodec.Read([.. bytes, 0]), Throws.TypeOf<InvalidDataException>());
            Assert.That(() => RateCodec.Read(bytes.AsSpan(0, bytes.Length - 1)), Throws.TypeOf<InvalidDataException>());
            bytes[1] = 3;
            Assert.That(() => RateCodec.Read(bytes), Throws.TypeOf<InvalidDataException>());
        });
        Assert.That(() => new RateWindow().Apply(new RateChange(RateChangeKind.Settle, "l", Start, 0, 0, 1)), Throws.TypeOf<InvalidDataException>());
    }

    private static Instant Expected(List<Instant> passed, RateLimit limit, Instant at)
    {
        var seen = passed.Where(p => p > at.PlusMs(-limit.WindowMs)).Order().ToList();
        return seen.Count < limit.Count ? at : seen[seen.Count - limit.Count].PlusMs(limit.WindowMs);
    }

    private static RateWindow Reloaded(RateWindow window)
    {
        var (writer, again) = (new ByteWriter(), new ByteWriter());
        window.Save(writer);
        var reader = new ByteReader(writer.Written);
        var loaded = RateWindow.Load(ref reader);
        loaded.Save(again);
        Assert.That(again.Written.SequenceEqual(writer.Written), Is.True);
        return loaded;
    }
}
