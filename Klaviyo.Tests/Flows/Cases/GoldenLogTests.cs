using Klaviyo.Channels;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.Tracing;
using Klaviyo.Tests.House;

namespace Klaviyo.Tests.Flows.Cases;

// C17, Temporal features: the records of a life, as a release wrote them, and the state that they gave, both as text. Later versions
// must read the records, come to the same state, and decide alike when the same happens.
// KLAVIYO_ACCEPT_GOLDEN=NAME writes a new file from what the code of today does; a file of a release is never changed.
public sealed class GoldenLogTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "Klaviyo.Tests", "Formats", "Flows");

    private static IEnumerable<string> Files() => Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    [Test]
    public async Task Accept()
    {
        if (Environment.GetEnvironmentVariable("KLAVIYO_ACCEPT_GOLDEN") is not { Length: > 0 } name)
        {
            Assert.That(Files(), Is.Not.Empty);
            return;
        }

        await using var world = await LiveAsync();
        var records = Records(world.Platform);
        var lines = records.Select(r => $"record {Convert.ToHexStringLower(r)}").Concat(FlowDump.OfState(Replayed(records)).Select(s => $"state {s}"));
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{name}.txt"), string.Join('\n', lines) + "\n");
    }

    [TestCaseSource(nameof(Files))]
    public void Records_OfARelease_GiveTheStateThatTheyGave(string file)
    {
        var (records, state) = Read(file);
        Assert.That(FlowDump.OfState(Replayed(records)), Is.EqualTo(state));
        var kinds = records.SelectMany(Transitions).Select(t => t.Kind).ToHashSet();
        Assert.That(Enum.GetValues<DecisionKind>().Where(k => k is > DecisionKind.None and <= DecisionKind.Migrate), Is.SubsetOf(kinds));
    }

    [TestCaseSource(nameof(Files))]
    public async Task TheSameLife_IsDecidedAlike(string file)
    {
        await using var world = await LiveAsync();
        var live = Records(world.Platform).SelectMany(Transitions).Select(WithoutPlaces);
        Assert.That(live, Is.EqualTo(Read(file).Records.SelectMany(Transitions).Select(WithoutPlaces)));
    }

    // The id of an event is its place in the log, which other records decide as well.
    private static Transition WithoutPlaces(Transition transition) =>
        transition with { Start = transition.Start with { Trigger = transition.Start.Trigger is null ? null : new EventId(1) } };

    private static List<Transition> Transitions(byte[] record)
    {
        var transitions = new List<Transition>();
        TransitionLog.Read(record, transitions.Add);
        return transitions;
    }

    private static LaneState Replayed(List<byte[]> records)
    {
        var state = new LaneState();
        foreach (var transition in records.SelectMany(Transitions))
        {
            state.Apply(transition);
        }

        return state;
    }

    private static (List<byte[]> Records, List<string> State) Read(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, file)).Select(l => l.Split(' ', 2)).ToLookup(l => l[0], l => l[1]);
        return ([.. lines["record"].Select(Convert.FromHexString)], [.. lines["state"]]);
    }

    private static List<byte[]> Records(CustomerPlatform platform)
    {
        var records = new List<byte[]>();
        platform.Store.ReadExtension(0, record => records.Add(record.ToArray()), default);
        return records;
    }

    // To nobody's profile, which would be suppressed where the address does not exist.
    private static SendInternalAlertStep Alert(string id, string next) => new()
    {
        Id = id,
        Next = next,
        Status = StepStatus.Live,
        To = ["sales@example.com"],
        SubjectLine = "Subject",
        Body = "Hello",
    };

    // A life in which everything happens to runs and messages that can.
    private static async Task<FlowWorld> LiveAsync()
    {
        var world = await FlowWorld.OpenAsync(stepFor: step => step.Id == "boom"
            ? new AwaitingSteps.FailingStep(() => true) { Id = step.Id, Next = ((SetVariableStep)step).Next }
            : step);
        world.Answer = message => message.Step switch
        {
            "fails" => ChannelResult.Bounced("no such user"),
            "again" when message.Attempt < 3 => ChannelResult.Retry("busy", TimeSpan.FromHours(1)),
            "never" or "once" => ChannelResult.Retry("busy", TimeSpan.FromHours(1)),
            _ => ChannelResult.Delivered,
        };
        var never = new DeliveryPolicy { Retry = new RetryPolicy { AttemptsMax = 1 } };
        var once = new DeliveryPolicy { AtMostOnce = true };
        FlowDefinition[] flows =
        [
            Some.Flow("mail", new MetricTrigger("A"), Some.Delay("d", "s", 1), Some.Split("s", Some.PropertyIs("p", "x"), "set", "skipped"),
                Some.Set("set", "list", "p", "y"), Some.List("list", "again", "L"), Some.Email("again"),
                Some.Email("skipped", "fails") with { AdditionalFilter = Some.PropertyIs("p", "x") }, Alert("fails", "never"),
                Some.Email("never") with { Delivery = never }),
            Some.Flow("once", new MetricTrigger("A") { Key = "k" }, Some.Email("once") with { Delivery = once }) with { ProfileFilter = Some.PropertyIs("p", "x") },
            Some.Flow("wait", new MetricTrigger("A"), new WaitUntilStep { Id = "w", Branches = [new("b", "m") { Metric = "B" }], TimeoutMs = 9 * 86_400_000L }, Some.Email("m")),
            Some.Flow("park", new MetricTrigger("A"), new SetVariableStep { Id = "v", Variables = [new("v", ValueSource.Given(7))], Next = "boom" }, new SetVariableStep { Id = "boom", Variables = [new("w", ValueSource.Given(8))] }),
        ];
        foreach (var flow in flows)
        {
            await world.Platform.DefineFlowAsync(flow);
        }

        var platform = world.Platform;
        await platform.IdentifyAsync([Some.Ada], new PropertyMap { ["p"] = "x" });
        foreach (var who in new[] { Some.Ada, "email:bob@example.com", "email:eve@example.com" })
        {
            await platform.TrackAsync(who, "A", 12.5, new PropertyMap { ["k"] = "cart-1" });
        }

        await platform.RunDueAsync();
        await platform.TrackAsync("email:bob@example.com", "B");
        await platform.PauseFlowAsync("wait");
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        await platform.ReleaseRunsAsync("park");
        await platform.RunDueAsync();
        await platform.SkipParkedStepAsync("park");
        await platform.RetryDeadLettersAsync("once");
        await platform.RunDueAsync();
        await platform.DropDeadLettersAsync("once");
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        await platform.ResumeFlowAsync("wait");
        await platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromHours(3));

        // Decided, held by a pause, and withdrawn because by now she wants no more.
        await platform.TrackAsync("email:eve@example.com", "B");
        await platform.PauseFlowAsync("mail");
        await platform.TrackAsync(Some.Ada, "A", null, new PropertyMap { ["k"] = "cart-2" });
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        await platform.DefineFlowAsync(flows[2] with { Steps = [new WaitUntilStep { Id = "w", Branches = [new("c", "m") { Metric = "C" }], TimeoutMs = 9 * 86_400_000L }, Some.Email("m")] });
        await platform.MigrateRunsAsync("wait");
        await platform.ResumeFlowAsync("mail");
        await platform.CancelRunsAsync(Identifier.Parse(Some.Ada));
        world.Answer = _ => ChannelResult.Retry("busy", TimeSpan.FromHours(1));
        await platform.TrackAsync("email:bob@example.com", "A", null, new PropertyMap { ["k"] = "cart-3" });
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        await platform.TrackAsync("email:bob@example.com", "C");
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        await platform.WriteAsync(new ConsentWrite { Profile = ["email:bob@example.com"], Channel = "email", Status = ConsentStatus.Unsubscribed });
        await world.AdvanceAsync(TimeSpan.FromHours(2));
        await platform.TrackAsync("email:eve@example.com", "A");
        await platform.RunDueAsync();
        await platform.CommitAsync();
        return world;
    }
}
