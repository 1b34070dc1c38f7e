using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows.Outbox;

// "F5 dead letter: after exhaustion the message parks in a queryable queue with reason; retry, skip, cancel; counts by flow and
// step." And the choice of C6: a message that must not be sent twice stays where it is not known whether it was.
public sealed class DeadLetterTests
{
    private static readonly FlowDefinition Twice = Some.Flow(
        "f",
        new MetricTrigger("A"),
        Some.Email("m", "n") with { Delivery = new DeliveryPolicy { Retry = new RetryPolicy { AttemptsMax = 2 } } },
        Some.Email("n"));

    private static readonly FlowDefinition Once = Some.Flow(
        "f", new MetricTrigger("A"), Some.Email("m") with { Delivery = new DeliveryPolicy { AtMostOnce = true } });

    private const string TooOld = "It could only be tried later than its policy allows.";

    private static readonly DeliveryPolicy Ten = new()
    {
        Retry = new RetryPolicy { FirstDelay = TimeSpan.FromMinutes(1), DelayMax = TimeSpan.FromMinutes(2), AgeMax = TimeSpan.FromMinutes(10) },
    };

    [Test]
    public async Task Exhausted_Stays_IsListed_AndIsTriedAgainWithItsKey()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Twice);
        world.Answer = m => m.Step == "m" ? ChannelResult.Retry("busy") : ChannelResult.Delivered;
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(1));

        var stats = world.Platform.FlowStats("f");
        var letter = world.Platform.DeadLetters("f").Single();
        Assert.That((stats.DeadLetters, stats.Pending, stats.Delivered, stats.Running), Is.EqualTo((1, 0, 1, 0)));
        Assert.That(stats.Backlog, Is.EqualTo(new Dictionary<string, StepBacklog> { ["m"] = new(0, 1) }));
        Assert.That((letter.Step, letter.Attempts, letter.IsUncertain, letter.Reason), Is.EqualTo(("m", 2, false, "busy")));
        Assert.That(letter.Key, Is.EqualTo(world.Offered[0].Key));

        world.Answer = m => m.Attempt < 4 ? ChannelResult.Retry("busy") : ChannelResult.Delivered;
        Assert.That(await world.Platform.RetryDeadLettersAsync("f", "n"), Is.Zero);
        Assert.That(await world.Platform.RetryDeadLettersAsync("f", "m"), Is.EqualTo(1));
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That(world.Offered.Where(m => m.Step == "m").Select(m => (m.Key, m.Attempt)), Is.EqualTo(
            Enumerable.Range(1, 4).Select(i => (letter.Key, i))));
        Assert.That((world.Platform.FlowStats("f").Delivered, world.Platform.DeadLetters().Count), Is.EqualTo((2, 0)));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Dropped_HasFailed_ErasedIsGone()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Twice);
        world.Answer = _ => ChannelResult.Retry("busy");
        foreach (var person in new[] { Some.Ada, "email:bob@example.com", "email:eve@example.com" })
        {
            await world.Platform.TrackAsync(person, "A");
        }

        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        var letters = world.Platform.DeadLetters();
        Assert.That(letters.Select(l => l.Step), Is.All.EqualTo("m"));
        Assert.That(letters, Has.Count.EqualTo(3));

        Assert.That(await world.Platform.DropDeadLettersAsync("f", key: letters[1].Key), Is.EqualTo(1));
        await world.Platform.EraseAsync(Some.Ada);
        Assert.That(world.Platform.DeadLetters().Select(l => l.Key), Is.EqualTo([letters[2].Key]));
        Assert.That((world.Platform.FlowStats("f").Failed, world.Platform.FlowStats("f").DeadLetters), Is.EqualTo((3, 1)), "a message of each step went with the profile");
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        Assert.That(() => world.Platform.DeadLetters("g"), Throws.ArgumentException);
    }

    // Of a message that must not be sent twice as well: that it failed is known.
    [Test]
    public async Task FailedForGood_StaysAtOnce_AndIsTriedAgainWithItsKey([Values] bool atMostOnce)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(atMostOnce ? Once : Once with { Steps = [Some.Email("m")] });
        world.Answer = _ => ChannelResult.Failed("404 Not Found");
        await world.Platform.TrackAsync(Some.Ada, "A");
        Assert.That((await world.Platform.RunDueAsync()).Failed, Is.EqualTo(1));
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(1));

        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.DeadLetters, stats.Failed, stats.Pending, stats.Running), Is.EqualTo((1, 0, 0, 0)));
        var letter = world.Platform.DeadLetters("f").Single();
        Assert.That((letter.Step, letter.Attempts, letter.IsUncertain, letter.Reason), Is.EqualTo(("m", 1, false, "404 Not Found")));
        Assert.That(letter.Since, Is.EqualTo(Instant.Parse(FlowWorld.Start)));

        world.Answer = m => m.Attempt < 3 ? ChannelResult.Failed("404 Not Found") : ChannelResult.Delivered;
        for (var round = 2; round <= 3; round++)
        {
            Assert.That(await world.Platform.RetryDeadLettersAsync("f"), Is.EqualTo(1));
            await world.Platform.RunDueAsync();
        }

        Assert.That(world.Offered.Select(m => (m.Key, m.Attempt)), Is.EqualTo(Enumerable.Range(1, 3).Select(i => (letter.Key, i))));
        stats = world.Platform.FlowStats("f");
        Assert.That((stats.Delivered, stats.DeadLetters, stats.Failed, stats.Pending), Is.EqualTo((1, 0, 0, 0)));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Bounced_IsNone_AsThereIsNobodyToSendItTo([Values] bool atMostOnce)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(atMostOnce ? Once : Once with { Steps = [Some.Email("m")] });
        world.Answer = _ => ChannelResult.Bounced("no such user");
        await world.Platform.TrackAsync(Some.Ada, "A");
        Assert.That((await world.Platform.RunDueAsync()).Failed, Is.EqualTo(1));
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.DeadLetters, stats.Failed, stats.Pending), Is.EqualTo((0, 1, 0)));
        Assert.That(stats.Steps["m"][DecisionKind.Fail], Is.EqualTo(1));
        Assert.That(await world.Platform.RetryDeadLettersAsync("f"), Is.Zero);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // A store may be opened once without what it sends with: by a tool, or with a name misspelt.
    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public async Task NoChannel_StaysAtOnce_AndIsSentWithItsKey_OnceThereIsOne(bool atMostOnce, bool isLimited)
    {
        var rates = new Dictionary<string, RateLimit>();
        if (isLimited)
        {
            rates["email"] = new RateLimit(1, TimeSpan.FromMinutes(1));
        }

        await using var world = await FlowWorld.OpenAsync(sending: new SendPolicy { Rates = rates });
        await world.Platform.DefineFlowAsync(atMostOnce ? Once : Once with { Steps = [Some.Email("m")] });
        world.HasChannels = false;
        await world.ReopenAsync();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));

        var letters = world.Platform.DeadLetters("f");
        Assert.That(letters.Select(l => (l.Reason, l.IsUncertain)), Is.EqualTo(Enumerable.Repeat(("The options hold no channel 'email'.", false), 2)));
        Assert.That(world.Platform.FlowStats("f"), Has.Property("Failed").EqualTo(0).And.Property("Pending").EqualTo(0));
        Assert.That(await world.Platform.RetryDeadLettersAsync("f", key: letters[0].Key), Is.EqualTo(1));
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That(world.Platform.DeadLetters("f"), Has.Count.EqualTo(2), "there is still none");

        world.HasChannels = true;
        await world.ReopenAsync();
        Assert.That(await world.Platform.RetryDeadLettersAsync("f"), Is.EqualTo(2));
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That(world.Offered.Select(m => m.Key), Is.EquivalentTo(letters.Select(l => l.Key)));
        Assert.That(world.Platform.FlowStats("f").Delivered, Is.EqualTo(2));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task TooOld_IsNotTriedAgain()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m") with
        {
            Delivery = new DeliveryPolicy { Retry = new RetryPolicy { AgeMax = TimeSpan.FromMinutes(5) } },
        }));
        world.Answer = _ => ChannelResult.Retry("busy", TimeSpan.FromMinutes(3));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(3));
        Assert.That(world.Platform.DeadLetters().Single().Attempts, Is.EqualTo(2));
    }

    [Test]
    public async Task TooOld_AfterDowntime_IsNotTried_NotEvenOnce()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow(
            "f", new MetricTrigger("A"), Some.Email("m", "d") with { Delivery = Ten }, Some.Delay("d", "n", 1, DelayUnit.Hours), Some.Email("n") with { Delivery = Ten }));
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        Assert.That(world.Platform.DeadLetters().Select(l => (l.Step, l.Reason)), Is.EquivalentTo([("m", TooOld), ("n", TooOld)]));

        world.Answer = _ => ChannelResult.Delivered;
        await world.Platform.RetryDeadLettersAsync("f");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.FlowStats("f").Delivered, Is.EqualTo(2), "its age counts anew");
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [TestCase("2026-03-02T19:59:30Z", 1)]
    [TestCase("2026-03-02T19:45:00Z", 2)]
    public async Task TooOld_WhenItIsNotQuietAnyMore_IsNotTriedAgain(string start, int attempts)
    {
        var sending = new SendPolicy { QuietHours = [new QuietHours("email", new TimeOnly(20, 0), new TimeOnly(8, 0))] };
        await using var world = await FlowWorld.OpenAsync(start: start, sending: sending);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m") with { Delivery = Ten }));
        world.Answer = m => m.Attempt == 1 ? ChannelResult.Retry("busy") : ChannelResult.Delivered;
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.DeadLetters(), Has.Count.EqualTo(2 - attempts));
        await world.AdvanceAsync(TimeSpan.FromMinutes(2));
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(world.Offered, Has.Count.EqualTo(attempts));
    }

    [TestCase(30 * 24, 0)]
    [TestCase((30 * 24) + 1, 1)]
    [TestCase(24 * 365 * 40, 1)]
    public async Task RetryAfter_BeyondAMonth_IsSeenAtOnce(int hours, int letters)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        world.Answer = _ => ChannelResult.Retry("Come back later.", TimeSpan.FromHours(hours));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.DeadLetters().Select(l => l.Reason), Is.EqualTo(Enumerable.Repeat("Come back later.", letters)));
    }

    [Test]
    public async Task RetryAfter_LongerThanTheLongestWait_IsKeptTo_AndLongerThanTheAgeIsTheEnd()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m") with
        {
            Delivery = new DeliveryPolicy { Retry = new RetryPolicy { DelayMax = TimeSpan.FromMinutes(5), AgeMax = TimeSpan.FromHours(2) } },
        }));
        world.Answer = _ => ChannelResult.Retry("busy", TimeSpan.FromHours(1));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        world.Answer = _ => ChannelResult.Retry("busy", TimeSpan.MaxValue);
        await world.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.That((world.Offered.Count, world.Platform.DeadLetters().Count), Is.EqualTo((2, 1)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task AtMostOnce_DiesBeforeTheResult_IsUncertain_OtherwiseIsSentAgain(bool atMostOnce)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(atMostOnce ? Once : Once with { Steps = [Some.Email("m")] });
        await world.Platform.TrackAsync(Some.Ada, "A");
        world.Answer = message =>
        {
            world.Files.CutAtStep = world.Files.Steps;
            return ChannelResult.Delivered;
        };
        Assert.That(async () => await world.Platform.RunDueAsync(), Throws.Exception);
        await world.CutPowerAsync();
        world.Answer = _ => ChannelResult.Delivered;
        await world.Platform.RunDueAsync();
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(9));

        Assert.That(world.Offered, Has.Count.EqualTo(atMostOnce ? 1 : 2));
        Assert.That(world.Offered.Select(m => m.Key).Distinct().Count(), Is.EqualTo(1));
        Assert.That(world.Platform.DeadLetters().Select(l => l.IsUncertain), Is.EqualTo(atMostOnce ? [true] : Array.Empty<bool>()));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task AtMostOnce_ChannelThrows_IsUncertain_UntilSomebodyHasItSent()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Once);
        world.Answer = _ => throw new TimeoutException("No answer.");
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        Assert.That(world.Platform.DeadLetters().Single().Reason, Does.Contain("No answer."));

        world.Answer = _ => ChannelResult.Delivered;
        await world.Platform.RetryDeadLettersAsync("f");
        await world.Platform.RunDueAsync();
        Assert.That((world.Offered.Count, world.Platform.FlowStats("f").Delivered), Is.EqualTo((2, 1)));
    }

    [Test]
    public void Delivery_InJson_ReadsBackTheSame()
    {
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "w") with
        {
            Delivery = new DeliveryPolicy
            {
                AtMostOnce = true,
                Retry = new RetryPolicy { AttemptsMax = 3, FirstDelay = TimeSpan.FromSeconds(5), AgeMax = TimeSpan.FromDays(2) },
            },
        }, Some.Webhook("w"));
        Assert.That(FlowJson.Parse(FlowJson.Write(flow), "f"), Is.EqualTo(flow));
        var wrong = FlowJson.Write(flow).Replace("\"delay_max\":21600", "\"delay_max\":1", StringComparison.Ordinal);
        Assert.That(() => FlowJson.Parse(wrong, "f"), Throws.TypeOf<DefinitionException>().With.Message.Contains("delivery.retry"));
    }
}
