using CsCheck;
using Klaviyo.Storage.Timers;

namespace Klaviyo.Tests.Storage.Timers;

public sealed class TimerWheelTests
{
    private static readonly Instant Now = Instant.Parse("2026-03-02T09:00:00Z");

    private static readonly Gen<long> DelayMs = Gen.OneOf(
        Gen.Long[0, 3],
        Gen.Long[0, 100],
        Gen.Long[0, 10_000],
        Gen.Long[0, 40L * 86_400_000],
        Gen.Long[0, 20L * 365 * 86_400_000],
        Gen.Long[-1000, 0]);

    // The oracle is a sorted list. Ops: arm, cancel, take until, take with a small budget.
    private static readonly Gen<(int Op, int Timer, long Ms)[]> Deeds =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 40], DelayMs).Array[1, 200];

    [Test]
    public void Take_RandomTimers_FiresEachOnceInOrder()
    {
        Deeds.Sample(deeds =>
        {
            var (wheel, oracle, now) = (new TimerWheel(), new SortedSet<(long Due, int Timer)>(), Now);
            foreach (var (op, timer, ms) in deeds)
            {
                switch (op)
                {
                    case < 6:
                        oracle.RemoveWhere(t => t.Timer == timer);
                        oracle.Add((now.PlusMs(ms).UnixMs, timer));
                        wheel.Arm(timer, now.PlusMs(ms));
                        break;
                    case 6:
                        Assert.That(wheel.Cancel(timer), Is.EqualTo(oracle.RemoveWhere(t => t.Timer == timer) > 0));
                        break;
                    case 7:
                        now = now.PlusMs(Math.Max(0, ms));
                        TakeSome(wheel, oracle, now, budget: 1 + (timer % 4));
                        break;
                    default:
                        now = now.PlusMs(Math.Max(0, ms));
                        Assert.That(TakeAll(wheel, now, budget: 1 + timer), Is.EqualTo(TakeAll(oracle, now)));
                        break;
                }

                Assert.That(wheel.Count, Is.EqualTo(oracle.Count));
                Assert.That(wheel.NextWake() is { } wake ? wake.UnixMs : long.MaxValue, Is.LessThanOrEqualTo(
                    oracle.Count > 0 ? oracle.Min.Due : long.MaxValue));
            }

            Assert.That(TakeAll(wheel, Instant.MaxValue), Is.EqualTo(TakeAll(oracle, Instant.MaxValue)));
        });
    }

    [TestCase("2026-03-02T09:00:00.000Z", TestName = "Due_Now")]
    [TestCase("2026-03-02T09:00:00.001Z", TestName = "Due_NextMillisecond")]
    [TestCase("2026-03-27T09:00:00.000Z", TestName = "Due_Beyond24Days8_Elsa5978")]
    [TestCase("2026-05-01T09:00:00.000Z", TestName = "Due_Beyond49Days7")]
    [TestCase("2036-06-01T09:00:00.000Z", TestName = "Due_Beyond10Years")]
    [TestCase("9999-12-31T23:59:59.999Z", TestName = "Due_EndOfTime")]
    [TestCase("1969-12-31T23:59:59.999Z", TestName = "Due_Past")]
    public void Take_AtTheMillisecond_AndNotBefore(string text)
    {
        var due = Instant.Parse(text);
        var wheel = new TimerWheel();
        wheel.Arm(0, Now);
        TakeAll(wheel, Now);
        wheel.Arm(7, due);

        Assert.That(TakeAll(wheel, due.PlusMs(-1)), Is.Empty);
        Assert.That(TakeAll(wheel, due), Is.EqualTo([(due.UnixMs, 7)]));
    }

    [Test]
    public void Take_ManyInOneMillisecond_GivesThemInParts()
    {
        var wheel = new TimerWheel();
        var due = Now.PlusMs(90L * 86_400_000);
        for (var i = 0; i < 100_000; i++)
        {
            wheel.Arm(i, due);
        }

        const int Budget = 1000;
        var (taken, calls, left) = (new List<int>(), 0, 0);
        for (; left == 0; calls++)
        {
            left = Budget;
            var before = taken.Count;
            Assert.That(!wheel.TryTake(due, taken, ref left, out var at) || at == due, Is.True);
            Assert.That(taken.Count - before, Is.LessThanOrEqualTo(Budget));
        }

        Assert.That(taken.Order(), Is.EqualTo(Enumerable.Range(0, 100_000)));
        Assert.That(calls, Is.GreaterThan(100_000 / Budget));
        Assert.That(wheel.NextWake(), Is.Null);
    }

    // The earliest ones, or none: nothing is due, or the budget went into moving timers.
    private static void TakeSome(TimerWheel wheel, SortedSet<(long Due, int Timer)> oracle, Instant until, int budget)
    {
        var (taken, left) = (new List<int>(), budget);
        if (wheel.TryTake(until, taken, ref left, out var due))
        {
            Assert.That(taken, Has.Count.InRange(1, budget));
            Assert.That(due.UnixMs, Is.EqualTo(oracle.Min.Due));
            Assert.That(due.UnixMs, Is.LessThanOrEqualTo(until.UnixMs));
            Assert.That(taken, Is.All.Matches<int>(t => oracle.Remove((due.UnixMs, t))));
        }
        else if (left > 0)
        {
            Assert.That(oracle.Count == 0 || oracle.Min.Due > until.UnixMs, Is.True);
        }
    }

    private static List<(long Due, int Timer)> TakeAll(TimerWheel wheel, Instant until, int budget = 64)
    {
        var (all, taken, left) = (new List<(long Due, int Timer)>(), new List<int>(), 0);
        while (left == 0)
        {
            left = budget;
            while (wheel.TryTake(until, taken, ref left, out var due))
            {
                Assert.That(all.Count == 0 || all[^1].Due <= due.UnixMs, Is.True, "in the order of time");
                all.AddRange(taken.Select(t => (due.UnixMs, t)));
                taken.Clear();
            }
        }

        all.Sort();
        return all;
    }

    private static List<(long Due, int Timer)> TakeAll(SortedSet<(long Due, int Timer)> oracle, Instant until)
    {
        var all = oracle.TakeWhile(t => t.Due <= until.UnixMs).ToList();
        oracle.ExceptWith(all);
        return all;
    }
}
