using CsCheck;
using Klaviyo.Channels;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Cases;

// C11: waits that are longer than what a timer of the platform can take. C12: clocks that are set, back and forth.
public sealed class ClockTests
{
    private static readonly Instant Start = Instant.Parse(FlowWorld.Start);

    // Elsa #5978, Netherite #225: beyond 24.8 and 49.7 days; and to the ends of unsigned seconds and of time.
    [TestCase("2026-03-26T05:31:23.647Z")]
    [TestCase("2026-03-27T06:00:00Z")]
    [TestCase("2026-04-21T02:02:47.296Z")]
    [TestCase("2026-05-02T00:00:00Z")]
    [TestCase("2038-01-19T03:14:08Z")]
    [TestCase("2106-02-07T06:28:16Z")]
    [TestCase("9999-12-31T23:59:59.999Z")]
    public async Task C11_Elsa5978_Netherite225_FarWait_EndsAtItsMillisecond_AndNotBefore(string text)
    {
        var due = Instant.Parse(text);
        await using var world = await FlowWorld.OpenAsync(stepFor: step => step is TimeDelayStep delay
            ? new WaitUntilStep { Id = delay.Id, Next = delay.Next, Branches = [new("never") { Metric = "Never" }], TimeoutMs = due.UnixMs - Start.UnixMs }
            : step);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", "m", 1), Some.Email("m")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Single().Due, Is.EqualTo(due));
        await world.ReopenAsync();
        await world.AdvanceToAsync(due.PlusMs(-1));
        Assert.That(world.Offered, Is.Empty);
        await world.AdvanceToAsync(due);
        Assert.That(world.Offered.Single().At, Is.EqualTo(due));
        Assert.That((await world.Platform.RunDueAsync()).NextWake, Is.Null);
    }

    // The loop in the background sleeps in pieces, so no timer of the platform is asked for more than it can.
    [Test]
    public async Task C11_Elsa5978_TheLoop_SleepsOverMonths()
    {
        await using var world = await FlowWorld.OpenAsync();
        var sent = new TaskCompletionSource<Instant>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Answer = message =>
        {
            sent.TrySetResult(message.At);
            return ChannelResult.Delivered;
        };
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", "m", 100), Some.Email("m")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        world.Platform.StartFlows();
        while (!sent.Task.IsCompleted)
        {
            world.Clock.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.That(await sent.Task, Is.EqualTo(Start.Plus(TimeSpan.FromDays(100))));
    }

    // Back an hour, on a year, and at random: a wait ends once, for its own instant, and not before the clock has been there.
    [Test]
    public void C12_ClockSetBackAndForth_EachWaitEndsOnce()
    {
        Gen.Select(Gen.OneOf(Gen.Const(-3_600_000L), Gen.Const(365L * 86_400_000), Gen.Long[-8_000_000, 8_000_000]), Gen.Int[0, 3]).Array[1, 25].Sample(
            jumps => JumpAsync(jumps).GetAwaiter().GetResult(), threads: 1, iter: 60);
    }

    private static async Task JumpAsync((long Ms, int Deed)[] jumps)
    {
        var clock = new JumpingClock(Start);
        var (files, highest, entered) = (new SimulatedFiles(1), Start, new Dictionary<string, Instant>());
        var sent = new List<FlowMessage>();
        var options = new CustomerPlatformOptions
        {
            Files = files,
            Clock = clock,
            BackgroundSegments = false,
            ChecksReplay = true,
            SendsAtATime = 1,
            Channels = new Dictionary<string, IChannel>
            {
                ["email"] = new DelegateChannel((message, _) =>
                {
                    sent.Add(message);
                    Assert.That(message.At, Is.LessThanOrEqualTo(clock.Now));
                    return ValueTask.FromResult(ChannelResult.Delivered);
                }),
            },
        };
        var platform = await CustomerPlatform.OpenAsync("", options);
        await platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", "one", 2, DelayUnit.Hours), Some.Email("one", "e"), Some.Delay("e", "two", 1, DelayUnit.Hours), Some.Email("two")));
        foreach (var (ms, deed) in jumps)
        {
            clock.Now = clock.Now.PlusMs(ms);
            highest = clock.Now > highest ? clock.Now : highest;
            switch (deed)
            {
                case 0:
                    var who = $"email:p{entered.Count}@example.com";
                    entered.Add(who, clock.Now);
                    await platform.TrackAsync(who, "A");
                    break;
                case 1:
                    await platform.DisposeAsync();
                    platform = await CustomerPlatform.OpenAsync("", options);
                    break;
                default:
                    await platform.RunDueAsync();
                    break;
            }
        }

        clock.Now = highest.PlusMs(86_400_000);
        await platform.RunDueAsync();
        await platform.RunDueAsync();
        foreach (var (who, at) in entered)
        {
            Assert.That(
                sent.Where(m => "email:" + m.To == who).Select(m => (m.Step, m.At)),
                Is.EqualTo([("one", at.PlusMs(7_200_000)), ("two", at.PlusMs(10_800_000))]),
                who);
        }

        Assert.That((await platform.VerifyAsync()).Problem, Is.Null);
        await platform.DisposeAsync();
    }
}
