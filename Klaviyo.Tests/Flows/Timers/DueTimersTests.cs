using System.Runtime.CompilerServices;
using CsCheck;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;
using Klaviyo.Flows.Timers;

namespace Klaviyo.Tests.Flows.Timers;

public sealed class DueTimersTests
{
    private static readonly Instant Now = Instant.Parse("2026-03-02T09:00:00Z");

    private static readonly Gen<long> DelayMs = Gen.OneOf(
        Gen.Long[0, 3],
        Gen.Long[0, 100],
        Gen.Long[0, 10_000],
        Gen.Long[0, 40L * 86_400_000],
        Gen.Long[0, 20L * 365 * 86_400_000],
        Gen.Long[-1000, 0]);

    // Ops: arm, disarm, give back, take until. Slots are few, so that they are used again with stale timers about.
    private static readonly Gen<(int Op, int Slot, long Ms)[]> Deeds =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 20], DelayMs).Array[1, 200];

    [TestCase(1)]
    [TestCase(int.MaxValue)]
    public void TryTake_RandomTimers_GivesEachOnceInOrder(int budget)
    {
        Deeds.Sample(deeds =>
        {
            var items = new Slab<Run>();
            var (timers, oracle, now) = (new DueTimers<Run>(items), new SortedSet<(long Due, int Slot)>(), Now);
            foreach (var (op, slot, ms) in deeds)
            {
                switch (op)
                {
                    case < 6:
                        oracle.RemoveWhere(t => t.Slot == slot);
                        oracle.Add((now.PlusMs(ms).UnixMs, slot));
                        Arm(items, timers, slot, now.PlusMs(ms));
                        break;
                    case 6 when items.IsUsed(slot):
                        Assert.That(timers.Disarm(slot), Is.EqualTo(oracle.RemoveWhere(t => t.Slot == slot) > 0));
                        break;
                    case 7 when items.IsUsed(slot):
                        timers.Disarm(slot);
                        oracle.RemoveWhere(t => t.Slot == slot);
                        items.Free(slot);
                        break;
                    default:
                        now = now.PlusMs(Math.Max(0, ms));
                        Assert.That(TakeAll(items, timers, now, budget), Is.EqualTo(TakeAll(oracle, now)));
                        break;
                }

                Assert.That(timers.Count, Is.EqualTo(oracle.Count));
                Assert.That(timers.NextWake() is { } wake ? wake.UnixMs : long.MaxValue, Is.LessThanOrEqualTo(
                    oracle.Count > 0 ? oracle.Min.Due : long.MaxValue));
                Assert.That(timers.NextWake() is null, Is.EqualTo(oracle.Count == 0));
            }

            Assert.That(TakeAll(items, timers, Instant.MaxValue, budget), Is.EqualTo(TakeAll(oracle, Instant.MaxValue)));
        });
    }

    [TestCase("2026-03-02T09:00:00.000Z", TestName = "Wake_Now")]
    [TestCase("2026-03-02T09:00:00.001Z", TestName = "Wake_NextMillisecond")]
    [TestCase("2026-03-27T09:00:00.000Z", TestName = "Wake_Beyond24Days8_Elsa5978")]
    [TestCase("2026-05-01T09:00:00.000Z", TestName = "Wake_Beyond49Days7")]
    [TestCase("2036-06-01T09:00:00.000Z", TestName = "Wake_Beyond10Years")]
    [TestCase("9999-12-31T23:59:59.999Z", TestName = "Wake_EndOfTime")]
    [TestCase("1969-12-31T23:59:59.999Z", TestName = "Wake_Past")]
    [TestCase("0001-01-01T00:00:00.000Z", TestName = "Wake_BeginningOfTime")]
    public void TryTake_AtTheMillisecond_AndNotBefore(string text)
    {
        var due = Instant.Parse(text);
        var items = new Slab<Run>();
        var timers = new DueTimers<Run>(items);
        Arm(items, timers, 0, Now);
        TakeAll(items, timers, Now, int.MaxValue);
        Arm(items, timers, 7, due);

        Assert.That(TakeAll(items, timers, due.PlusMs(-1), int.MaxValue).Where(t => t.Due < due.UnixMs), Is.Empty);
        Assert.That(due == Instant.MinValue || items[7].IsArmed);
        Assert.That(due == Instant.MinValue ? [(due.UnixMs, 7)] : TakeAll(items, timers, due, int.MaxValue), Is.EqualTo([(due.UnixMs, 7)]));
    }

    [Test]
    public void TryTake_ManyInOneMillisecond_NeverLooksAtMoreThanAllowed()
    {
        var items = new Slab<Run>();
        var timers = new DueTimers<Run>(items);
        var due = Now.PlusMs(90L * 86_400_000);
        for (var i = 0; i < 100_000; i++)
        {
            Arm(items, timers, i, due);
        }

        var (taken, calls) = (0, 0);
        for (var more = true; more; calls++)
        {
            var budget = 1000;
            while (timers.TryTake(due, ref budget, out _))
            {
                taken++;
            }

            more = budget == 0;
        }

        Assert.That(taken, Is.EqualTo(100_000));
        Assert.That(calls, Is.GreaterThan(100));
    }

    [Test]
    public void Arm_TheSameAgainAndAgain_IsMadeAnew()
    {
        var items = new Slab<Run>();
        var timers = new DueTimers<Run>(items);
        var random = new Random(7);
        var dues = new long[1000];
        for (var i = 0; i < 300_000; i++)
        {
            var slot = random.Next(dues.Length);
            dues[slot] = Now.PlusMs(random.Next()).UnixMs;
            Arm(items, timers, slot, Instant.FromUnixMs(dues[slot]));
        }

        Assert.That(TakeAll(items, timers, Instant.MaxValue, int.MaxValue), Is.EqualTo(
            dues.Select((due, slot) => (due, slot)).Where(t => t.due != 0).Order()));
    }

    [Test]
    public void Run_Takes44Bytes() => Assert.That(Unsafe.SizeOf<Run>(), Is.EqualTo(44));

    private static void Arm(Slab<Run> items, DueTimers<Run> timers, int slot, Instant due)
    {
        if (!items.IsUsed(slot))
        {
            items.Take(slot);
        }

        items.Change(slot).DueMs = due.UnixMs;
        timers.Arm(slot);
    }

    private static List<(long Due, int Slot)> TakeAll(Slab<Run> items, DueTimers<Run> timers, Instant until, int budget)
    {
        var all = new List<(long, int)>();
        while (true)
        {
            var left = budget;
            if (timers.TryTake(until, ref left, out var slot))
            {
                all.Add((items[slot].DueMs, slot));
            }
            else if (left > 0)
            {
                Assert.That(all.Select(t => t.Item1), Is.Ordered);
                return [.. all.Order()];
            }
        }
    }

    private static List<(long Due, int Slot)> TakeAll(SortedSet<(long Due, int Slot)> oracle, Instant until)
    {
        var due = oracle.Where(t => t.Due <= until.UnixMs).ToList();
        oracle.ExceptWith(due);
        return due;
    }
}
