using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Sending;

// "Consent, suppression, frequency cap, quiet hours checked in one place, each skip with its reason."
public sealed class SendPolicyTests
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Test]
    public async Task Cap_SlidesToTheMillisecond_AndSurvivesACrash()
    {
        await using var world = await FlowWorld.OpenAsync(sending: new SendPolicy { Caps = [new FrequencyCap("email", 3, Week)] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        for (var day = 0; day < 4; day++)
        {
            await SendAsync(world, day == 0 ? TimeSpan.Zero : TimeSpan.FromDays(1));
            await world.Platform.CommitAsync();
            await world.CutPowerAsync();
        }

        Assert.That(world.Offered, Has.Count.EqualTo(3));
        Assert.That(Skips(world), Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.FrequencyCap] = 1 }));
        await SendAsync(world, TimeSpan.FromDays(4) - TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(3), "a millisecond before the first leaves the window");
        await SendAsync(world, TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Cap_CountsWhatIsStillOnItsWay_NotWhatFailed()
    {
        await using var world = await FlowWorld.OpenAsync(sending: new SendPolicy { Caps = [new FrequencyCap("email", 1, Week)] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("one", "two"), Some.Email("two")));
        world.Answer = _ => ChannelResult.Failed("no such user");
        await SendAsync(world, TimeSpan.Zero);
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["one"]), "the first is not delivered yet, and counts");

        world.Answer = _ => ChannelResult.Delivered;
        await SendAsync(world, TimeSpan.FromMinutes(1));
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["one", "one"]), "the failed one does not count");
        await SendAsync(world, TimeSpan.FromMinutes(1));
        Assert.That(world.Offered, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Cap_OverAllChannels_CountsAllFlows_AndNoWebhooks()
    {
        await using var world = await FlowWorld.OpenAsync(sending: new SendPolicy { Caps = [new FrequencyCap(null, 2, Week)] });
        await world.Platform.IdentifyAsync([Some.Ada, "phone_number:+4930123456"], []);
        await world.Platform.WriteAsync(new ConsentWrite { Profile = [Some.Ada], Channel = "sms", Status = ConsentStatus.Subscribed });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("e", "w"), Some.Webhook("w")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("A"), Sms("s", "t"), Sms("t")));
        await SendAsync(world, TimeSpan.Zero);
        Assert.That(world.Offered.Select(m => m.Step), Is.EquivalentTo(["e", "w", "s"]));
    }

    // A message that waits for a cap goes out when the cap is over, whatever is written of the profile while it is quiet.
    [TestCase(false)]
    [TestCase(true)]
    public async Task Cap_Postpones_OverQuietHoursThatSkip_AlsoWhereSomethingIsWrittenThen(bool isWritten)
    {
        var sending = new SendPolicy
        {
            Caps = [new FrequencyCap("email", 1, TimeSpan.FromHours(9), OnLimit.Postpone)],
            QuietHours = [new QuietHours("email", new TimeOnly(2, 30), new TimeOnly(8, 0), OnLimit.Skip)],
        };
        await using var world = await FlowWorld.OpenAsync(start: "2026-03-02T23:00:00Z", sending: sending);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await SendAsync(world, TimeSpan.Zero);
        await SendAsync(world, TimeSpan.FromHours(1));
        world.Clock.Advance(TimeSpan.FromHours(4));
        if (isWritten)
        {
            await world.Platform.TrackAsync(Some.Ada, "B");
        }

        await world.PassToAsync(Instant.Parse("2026-03-03T12:00:00Z"));
        Assert.That(world.Offered.Select(m => m.At.ToString()), Is.EqualTo(["2026-03-02T23:00:00.000Z", "2026-03-03T08:00:00.000Z"]));
    }

    [Test]
    public async Task Cap_Postpones_UntilTheFirstLeavesTheWindow_ThenSends()
    {
        var cap = new FrequencyCap("email", 2, TimeSpan.FromDays(2), OnLimit.Postpone);
        await using var world = await FlowWorld.OpenAsync(sending: new SendPolicy { Caps = [cap] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        foreach (var hours in new[] { 0, 1, 1, 1 })
        {
            await SendAsync(world, TimeSpan.FromHours(hours));
        }

        Assert.That(world.Platform.Runs("f").Count(), Is.EqualTo(2), "both stand on the step");
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(45) - TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(2));
        await world.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(3));
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Offered, Has.Count.EqualTo(4));
        Assert.That(world.Offered.Select(m => m.Key), Is.Unique);
    }

    [Test]
    public async Task QuietHours_Postpone_InTheProfilesZone()
    {
        var night = new QuietHours(null, new TimeOnly(20, 0), new TimeOnly(8, 0));
        await using var world = await FlowWorld.OpenAsync(sending: new SendPolicy { QuietHours = [night] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["location"] = new PropertyMap { ["timezone"] = "America/New_York" } });
        await SendAsync(world, TimeSpan.Zero);
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.To), Is.EqualTo(["bob@example.com"]), "09:00 here, 04:00 in New York");

        await world.AdvanceToAsync(Instant.Parse("2026-03-02T12:59:59.999Z"));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        await world.AdvanceToAsync(Instant.Parse("2026-03-02T13:00:00Z"));
        Assert.That(world.Offered.Select(m => (m.To, m.At)), Does.Contain(("ada@example.com", Instant.Parse("2026-03-02T13:00:00Z"))));
    }

    [Test]
    public async Task QuietHours_ProfileMovesOrUnsubscribesMeanwhile_IsLookedAtAnew()
    {
        var night = new QuietHours(null, new TimeOnly(20, 0), new TimeOnly(8, 0));
        await using var world = await FlowWorld.OpenAsync(start: "2026-03-02T23:00:00Z", sending: new SendPolicy { QuietHours = [night] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await SendAsync(world, TimeSpan.Zero);
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["location"] = new PropertyMap { ["timezone"] = "Asia/Tokyo" } });
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1), "it is 8 o'clock in Tokyo");

        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.Platform.RunDueAsync();
        await world.Platform.WriteAsync(new ConsentWrite { Profile = ["email:bob@example.com"], Channel = "email", Status = ConsentStatus.Unsubscribed });
        await world.AdvanceAsync(TimeSpan.FromHours(12));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        Assert.That(Skips(world), Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.NoConsent] = 1 }));
    }

    [Test]
    public async Task QuietHours_Skip_AndARetryKeepsThemToo()
    {
        var evening = new QuietHours(null, new TimeOnly(20, 0), new TimeOnly(8, 0), OnLimit.Skip);
        await using var world = await FlowWorld.OpenAsync(start: "2026-03-02T19:59:50Z", sending: new SendPolicy { QuietHours = [evening] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        world.Answer = m => m.Attempt == 1 ? ChannelResult.Retry("busy") : ChannelResult.Delivered;
        await SendAsync(world, TimeSpan.Zero);
        await SendAsync(world, TimeSpan.FromMinutes(1));
        Assert.That(Skips(world), Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.QuietHours] = 1 }));
        await world.AdvanceToAsync(Instant.Parse("2026-03-03T07:59:59.999Z"));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        await world.AdvanceToAsync(Instant.Parse("2026-03-03T08:00:00Z"));
        Assert.That(world.Offered, Has.Count.EqualTo(2));
    }

    // Decided at 19:59, and then the process was down, or the flow paused, over the hour at which it becomes quiet.
    [Test]
    public async Task QuietHours_DecidedInTime_SentLate_WaitsForTheMorning(
        [Values] bool pause, [Values] OnLimit then, [Values] bool reopenInTheNight)
    {
        var night = new QuietHours(null, new TimeOnly(20, 0), new TimeOnly(8, 0), then);
        await using var world = await FlowWorld.OpenAsync(start: "2026-03-02T19:59:00Z", sending: new SendPolicy { QuietHours = [night] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "w"), Some.Webhook("w")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("B"), Some.Email("t") with { Transactional = true }));
        world.Answer = _ => ChannelResult.Retry("the process goes down", TimeSpan.FromSeconds(1));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync(Some.Ada, "B");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step).Order(), Is.EqualTo(["m", "t", "w"]));
        world.Offered.Clear();
        world.Answer = _ => ChannelResult.Delivered;
        if (pause)
        {
            await world.Platform.PauseFlowAsync("f");
            await world.AdvanceAsync(TimeSpan.FromHours(3));
            await world.Platform.ResumeFlowAsync("f");
            await world.Platform.RunDueAsync();
        }
        else
        {
            await world.Platform.CommitAsync();
            await world.CutPowerAsync();
            await world.AdvanceAsync(TimeSpan.FromHours(3));
        }

        Assert.That(world.Offered.Select(m => m.Step).Order(), Is.EqualTo(["t", "w"]), "neither what is no marketing nor what nobody reads");
        if (reopenInTheNight)
        {
            await world.ReopenAsync();
        }

        var progress = await world.Platform.RunDueAsync();
        Assert.That(progress.NextWake, Is.EqualTo(Instant.Parse("2026-03-03T08:00:00Z")));
        await world.AdvanceToAsync(Instant.Parse("2026-03-03T07:59:59.999Z"));
        Assert.That(world.Offered, Has.Count.EqualTo(2));
        await world.AdvanceToAsync(Instant.Parse("2026-03-03T08:00:00Z"));
        Assert.That(world.Offered.Select(m => (m.Step, m.At)).Last(), Is.EqualTo(("m", Instant.Parse("2026-03-02T19:59:00Z"))));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // However many are held, because it is quiet or because their flow is paused: the next one goes out in the same turn.
    [Test]
    public async Task Held_HoweverMany_DoNotStandInTheWayOfOthers([Values] bool pause)
    {
        var night = new QuietHours(null, new TimeOnly(20, 0), new TimeOnly(8, 0));
        await using var world = await FlowWorld.OpenAsync(start: "2026-03-02T19:00:00Z", sending: new SendPolicy { QuietHours = [night] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("B"), Some.Email("t") with { Transactional = true }));
        world.Answer = m => m.Step == "m" ? ChannelResult.Retry("busy", TimeSpan.FromSeconds(1)) : ChannelResult.Delivered;
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 1100).Select(i => new CustomerEvent { Profile = [Identifier.Email($"p{i}@example.com")], Metric = "A" })]);
        await world.Platform.RunDueAsync();
        if (pause)
        {
            await world.Platform.PauseFlowAsync("f");
        }

        world.Clock.Advance(TimeSpan.FromHours(pause ? 0.5 : 2));
        await world.Platform.TrackAsync(Some.Ada, "B");
        world.Offered.Clear();
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["t"]));
    }

    [Test]
    public async Task QuietHours_WhoIsErasedInThem_GetsNothing_AndHoldsNothingUp()
    {
        var night = new QuietHours(null, new TimeOnly(20, 0), new TimeOnly(8, 0));
        await using var world = await FlowWorld.OpenAsync(start: "2026-03-02T19:59:00Z", sending: new SendPolicy { QuietHours = [night] });
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        world.Answer = _ => ChannelResult.Retry("busy", TimeSpan.FromSeconds(1));
        await SendAsync(world, TimeSpan.Zero);
        await world.CutPowerAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        await world.Platform.EraseAsync(Some.Ada);
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.Platform.RunDueAsync();
        world.Offered.Clear();
        world.Answer = _ => ChannelResult.Delivered;
        await world.AdvanceAsync(TimeSpan.FromHours(12));
        Assert.That(world.Offered.Select(m => m.To), Is.EqualTo(["bob@example.com"]));
    }

    [Test]
    public async Task Transactional_IsExemptFromAll_SuppressionIsNot()
    {
        var policy = new SendPolicy
        {
            Caps = [new FrequencyCap("email", 1, Week)],
            QuietHours = [new QuietHours(null, new TimeOnly(0, 0), new TimeOnly(23, 59), OnLimit.Skip)],
            SmartSending = new Dictionary<string, TimeSpan> { ["email"] = Week },
        };
        await using var world = await FlowWorld.OpenAsync(sending: policy);
        var receipt = Some.Email("m") with { Transactional = true };
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), receipt));
        await SendAsync(world, TimeSpan.Zero);
        await SendAsync(world, TimeSpan.FromMinutes(1));
        Assert.That(world.Offered.Select(m => m.Transactional), Is.EqualTo([true, true]));
        await world.Platform.WriteAsync(new ConsentWrite { Profile = [Some.Ada], Channel = "email", Status = ConsentStatus.Suppressed });
        await SendAsync(world, TimeSpan.FromMinutes(1));
        Assert.That(Skips(world), Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.Suppressed] = 1 }));
    }

    [Test]
    public async Task SmartSending_SkipsWhoGotOneLately_UnlessTheMessageSaysNot()
    {
        var policy = new SendPolicy { SmartSending = new Dictionary<string, TimeSpan> { ["email"] = TimeSpan.FromHours(16) } };
        await using var world = await FlowWorld.OpenAsync(sending: policy);
        var insisting = Some.Email("b", "c") with { Options = new PropertyMap { ["smart_sending_enabled"] = false } };
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("a", "b"), insisting, Some.Email("c")));
        await SendAsync(world, TimeSpan.Zero);
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["a", "b"]));
        await SendAsync(world, TimeSpan.FromHours(16));
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["a", "b", "a", "b"]));
    }

    [Test]
    public async Task Postpone_LongerThanAllowed_IsSkipped()
    {
        var policy = new SendPolicy
        {
            Caps = [new FrequencyCap("email", 1, TimeSpan.FromDays(30), OnLimit.Postpone)],
            PostponeMax = TimeSpan.FromDays(3),
        };
        await using var world = await FlowWorld.OpenAsync(sending: policy);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await SendAsync(world, TimeSpan.Zero);
        await SendAsync(world, TimeSpan.FromDays(26));
        Assert.That(Skips(world), Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.FrequencyCap] = 1 }), "four days more");
        await SendAsync(world, TimeSpan.FromDays(1));
        Assert.That(world.Platform.Runs("f").Count(), Is.EqualTo(1), "three days more");
    }

    // It is asked again when the cap should be over; by then others have gone out.
    [Test]
    public async Task Postpone_PushedOnForTooLong_IsSkippedWithTheReason()
    {
        var policy = new SendPolicy
        {
            Caps = [new FrequencyCap("email", 1, TimeSpan.FromDays(2), OnLimit.Postpone)],
            PostponeMax = TimeSpan.FromDays(3),
        };
        await using var world = await FlowWorld.OpenAsync(sending: policy);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("B"), Some.Email("receipt") with { Transactional = true }));
        await SendAsync(world, TimeSpan.Zero);
        await SendAsync(world, TimeSpan.FromDays(1));
        for (var receipt = 0; receipt < 2; receipt++)
        {
            await world.PassToAsync(Instant.Parse(FlowWorld.Start).Plus(TimeSpan.FromDays(1.9 + (1.9 * receipt))));
            await world.Platform.TrackAsync(Some.Ada, "B");
        }

        await world.PassToAsync(Instant.Parse(FlowWorld.Start).Plus(TimeSpan.FromDays(9)));
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["m", "receipt", "receipt"]));
        Assert.That(Skips(world), Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.FrequencyCap] = 1 }));
    }

    [Test]
    public void Policy_OutOfRange_IsRefusedByName()
    {
        foreach (var (bad, name) in new[]
        {
            (new SendPolicy { Caps = [new FrequencyCap("email", 0, Week)] }, "Count"),
            (new SendPolicy { Caps = [new FrequencyCap("", 1, Week)] }, "Channel"),
            (new SendPolicy { Caps = [new FrequencyCap(null, 1, TimeSpan.Zero)] }, "Window"),
            (new SendPolicy { QuietHours = [new QuietHours(null, new TimeOnly(8, 0), new TimeOnly(8, 0))] }, "QuietHours"),
            (new SendPolicy { SmartSending = new Dictionary<string, TimeSpan> { ["sms"] = TimeSpan.Zero } }, "SmartSending"),
            (new SendPolicy { PostponeMax = TimeSpan.FromDays(-1) }, "PostponeMax"),
        })
        {
            Assert.That(
                async () => await FlowWorld.OpenAsync(sending: bad), Throws.InstanceOf<ArgumentException>().With.Message.Contains(name));
        }
    }

    private static async Task SendAsync(FlowWorld world, TimeSpan after)
    {
        world.Clock.Advance(after);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
    }

    private static IReadOnlyDictionary<SkipReason, long> Skips(FlowWorld world) => world.Platform.FlowStats("f").Skips;

    private static SendSmsStep Sms(string id, string? next = null) =>
        new() { Id = id, Next = next, Status = StepStatus.Live, Body = "Hi" };
}
