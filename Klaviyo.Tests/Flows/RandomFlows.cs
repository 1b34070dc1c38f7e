using CsCheck;

namespace Klaviyo.Tests.Flows;

// Random definitions and random facts for them, small enough that everything meets everything.
internal static class RandomFlows
{
    internal static readonly Instant From = Instant.Parse("2026-03-28T20:00:00Z");
    internal static readonly Instant To = From.PlusMs(5 * 86_400_000L);

    private static readonly string[] Metrics = ["A", "B", "C"];
    private static readonly string[] Values = ["x", "y"];

    // What flows write themselves, and what they send.
    private static readonly SegmentDefinition Named = new(Some.PropertyIs("p", "x") | When.In("L"));
    private static readonly SegmentDefinition Mailed = new(When.Did("Received Email").InTheLast(5, TimeUnit.Hour));

    // What the segment S may be, for which the conditions ask.
    internal static readonly Gen<SegmentDefinition> Segment = Any<SegmentDefinition>(
        Named,
        Mailed,
        new(When.Did("A").InTheLast(9, TimeUnit.Hour) & !When.In("mailed")),
        new(!When.In("named") & !When.Did("Received Email").InTheLast(1, TimeUnit.Day)));

    internal static readonly Gen<FlowTrigger> SegmentTriggers =
        Gen.Select(Any("S", "named", "mailed"), Gen.Bool, (segment, onExit) => (FlowTrigger)new SegmentTrigger(segment) { OnExit = onExit });
    private static readonly string[] People = ["email:ada@example.com", "email:bob@example.com", "external_id:eve"];

    // Few instants, so that many facts and timers share one.
    private static readonly Gen<Instant> Times = Gen.OneOf(
        Gen.Int[0, 20].Select(h => From.PlusMs(h * 6 * 3_600_000L)),
        Gen.Int[0, 3].Select(ms => From.PlusMs(86_400_000L + ms)),
        Gen.Long[0, 5 * 86_400_000L].Select(From.PlusMs));

    private static readonly Gen<string> Metric = Gen.Int[0, 2].Select(i => Metrics[i]);
    private static readonly Gen<string> Value = Gen.Int[0, 1].Select(i => Values[i]);

    private static readonly Gen<Condition> Conditions = Gen.OneOf(
        Value.Select(v => Some.PropertyIs("p", v)),
        Gen.Select(Metric, Gen.Int[0, 3], (m, n) => Some.CountEver(m, "greater-than", n)),
        Gen.Select(Metric, Gen.Int[0, 1], (m, n) => Some.CountSinceStart(m, "equals", n)),
        Gen.Select(Metric, Gen.Int[0, 1], (m, n) => Some.Condition(
            $$$"""{"type":"profile-metric","metric_id":"{{{m}}}","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":{{{n}}}},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":6}}""")),
        Gen.Select(Metric, Value, (m, v) => Some.EventIs(m, "k", v)),
        Gen.Select(Gen.Bool, Any("L", "S"), (member, group) => Some.Condition(
            $$$"""{"type":"profile-group-membership","is_member":{{{(member ? "true" : "false")}}},"group_ids":["{{{group}}}"]}""")),
        Gen.Const(Some.Condition(
            """{"type":"profile-group-membership","is_member":true,"group_ids":["S"],"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"hour","quantity":12}}""")));

    private static readonly Gen<FlowTrigger> Klaviyos = Gen.OneOf(
        Metric.Select(m => (FlowTrigger)new MetricTrigger(m)),
        Metric.Select(m => (FlowTrigger)new MetricTrigger(m) { Key = "k" }),
        Metric.Select(m => (FlowTrigger)new MetricTrigger(m) { Filter = Some.EventIs(m, "k", "x") }),
        Gen.Const((FlowTrigger)new ListTrigger("L")));

    private static readonly Gen<ValueList<FlowTrigger>> Triggers = Gen.OneOf(
        Klaviyos.Select(t => ValueList.Of([t])),
        RandomSteps.Triggers,
        Gen.Select(Klaviyos, RandomSteps.Triggers, (t, more) => ValueList.Of([t, .. more])));

    private static readonly Gen<ReentryCriteria?> Reentries = Gen.OneOf(
        Gen.Const((ReentryCriteria?)null),
        Gen.Const((ReentryCriteria?)ReentryCriteria.Always),
        Gen.Const((ReentryCriteria?)ReentryCriteria.Never),
        Gen.Const((ReentryCriteria?)new ReentryCriteria(12, ReentryUnit.Hour)));

    // A step before it knows where it leads; the number of the target decides.
    private static readonly Gen<(int Kind, Condition Condition, string Value, int First, int Second, int Choice)> Sketches =
        Gen.Select(Gen.Int[0, 9 + RandomSteps.Kinds], Conditions, Value, Gen.Int[1, 3], Gen.Int[1, 4], Gen.Int[0, 5]);

    internal static readonly Gen<FlowDefinition> Flow = Gen.Select(
        Triggers, Reentries, Conditions, Gen.Bool, Sketches.Array[1, 9],
        (triggers, reentry, filter, filtered, sketches) => Reachable(new FlowDefinition
        {
            Name = "f",
            Triggers = triggers,
            Reentry = reentry,
            ProfileFilter = filtered ? filter : null,
            Entry = "0",
            Steps = ValueList.Of(sketches.Select((s, i) => Step(s, i, sketches.Length, triggers))),
        }));

    // Without steps at which a run stands for the result of its message: in a late turn that comes late, and no simulation knows it.
    internal static readonly Gen<FlowDefinition> Punctual =
        Flow.Where(flow => !flow.Steps.Any(s => s is SendStep { OnError: not ErrorPolicy.Continue }));

    // Without waits that nothing ends but an event.
    internal static readonly Gen<FlowDefinition> EndingFlow = Flow.Select(flow => flow with
    {
        Steps = ValueList.Of(flow.Steps.Select(step => step switch
        {
            BackInStockDelayStep wait => new JoinStep { Id = wait.Id, Next = wait.Next },
            GoalStep goal => goal with { Otherwise = goal.Otherwise == GoalOtherwise.Wait ? GoalOtherwise.Exit : goal.Otherwise },
            _ => step,
        })),
    });

    internal static readonly Gen<CustomerWrite[]> Facts = Gen.Select(Gen.Int[0, 15], Gen.Int[0, 2], Times, Gen.Select(Metric, RandomSteps.Properties), Value, Gen.Bool,
        (kind, person, time, what, value, flag) => Fact(kind, People[person], time, what.Item1, what.Item2, value, flag))
        .Array[1, 40].Select(OneListWriteAMillisecond);

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    // A history tells since when a profile is on a list, not what came and went within the millisecond.
    private static CustomerWrite[] OneListWriteAMillisecond(CustomerWrite[] facts) =>
        [.. facts.DistinctBy(f => f is ListWrite ? (f.Profile[0], f.Time, 0) : (default, null, Array.IndexOf(facts, f)))];

    private static CustomerWrite Fact(
        int kind, string person, Instant time, string metric, PropertyMap properties, string value, bool flag)
    {
        return kind switch
        {
            < 8 => new CustomerEvent
            {
                Profile = [person],
                Time = time,
                Metric = metric,
                Properties = new PropertyMap { ["k"] = value },
                ProfileProperties = kind == 7 ? properties : [],
            },
            8 => new ProfileWrite { Profile = [person], Time = time, Properties = new PropertyMap { ["p"] = value, ["n"] = flag ? 1 : "one", ["location"] = Place(value, flag) } },
            9 => new ConsentWrite
            {
                Profile = [person],
                Time = time,
                Channel = "email",
                Status = flag ? ConsentStatus.Unsubscribed : ConsentStatus.Subscribed,
            },
            12 or 13 => new ProfileWrite { Profile = [person], Time = time, Properties = properties },
            14 => Happened(person, time, ApiTrigger.Metric, new PropertyMap { [ApiTrigger.FlowProperty] = flag ? "f" : "other", ["k"] = value }),
            15 => Happened(person, time, flag ? BackInStockDelayStep.Metric : ActionOutputSplitStep.Metric, new PropertyMap { ["k"] = value }),
            _ => new ListWrite { Profile = [person], Time = time, List = "L", Member = flag || kind == 10 },
        };
    }

    private static PropertyMap Place(string value, bool flag) =>
        new() { ["timezone"] = (value, flag) switch { ("x", true) => "Europe/Berlin", ("x", false) => "Asia/Tokyo", (_, true) => "America/New_York", _ => "nowhere" } };

    private static CustomerEvent Happened(string person, Instant time, string metric, PropertyMap properties) =>
        new() { Profile = [person], Time = time, Metric = metric, Properties = properties };

    internal static async Task DefineSegmentsAsync(CustomerPlatform platform, SegmentDefinition? asked)
    {
        foreach (var (name, definition) in new[] { ("named", Named), ("mailed", Mailed), ("S", asked ?? Named) })
        {
            await platform.DefineSegmentAsync(name, definition);
            await platform.SegmentReadyAsync(name);
        }
    }

    private static Step Step(
        (int Kind, Condition Condition, string Value, int First, int Second, int Choice) s, int index, int count, ValueList<FlowTrigger> triggers)
    {
        var id = $"{index}";
        var first = index + s.First < count ? $"{index + s.First}" : null;
        var second = index + s.Second < count ? $"{index + s.Second}" : null;
        var metric = triggers.OfType<MetricTrigger>().FirstOrDefault();
        return s.Kind switch
        {
            0 => Some.Delay(id, first, s.Choice * 6, DelayUnit.Hours),
            1 => Some.Delay(id, first, s.Choice, DelayUnit.Minutes) with { UntilTime = new TimeOnly(2 + s.Choice, 30), Timezone = s.Value == "x" ? "Europe/Berlin" : TimeDelayStep.ProfileZone },
            2 => Some.Split(id, s.Condition, first, second),
            3 when metric is not null => new TriggerSplitStep
            {
                Id = id,
                TriggerId = metric.Metric,
                Filter = Some.EventIs(metric.Metric, "k", s.Value),
                NextIfTrue = first,
                NextIfFalse = second,
            },
            4 => Some.Set(id, first, "p", s.Value),
            5 => Some.List(id, first, "L", member: s.Choice % 2 == 0),
            6 => Some.Email(id, first) with { AdditionalFilter = s.Condition, Body = "{{ person.n | round }}{{ event.k }}" },
            7 => Some.Webhook(id, first) with { Status = (StepStatus)(s.Choice % 4) },
            9 => Some.Email(id, first) with { Delivery = new DeliveryPolicy { OnError = (ErrorPolicy)(s.Choice % 3) } },
            > 9 => Ours(RandomSteps.Step(s.Kind - 10, id, first, second, s.Condition, s.Value, s.Choice), triggers),
            _ => Some.Email(id, first),
        };
    }

    // What the sub-flow steps name has to be there; it is archived, so that nobody enters it.
    internal static async Task DefineOtherAsync(FlowWorld world)
    {
        await world.Platform.DefineFlowAsync(Some.Flow("other", new ApiTrigger(), new ExitStep { Id = "e" }));
        await world.Platform.ArchiveFlowAsync("other");
    }

    // What asks of a trigger that there is not is refused.
    private static Step Ours(Step step, ValueList<FlowTrigger> triggers)
    {
        return step switch
        {
            DateDelayStep delay when !triggers.Any(t => t is DateTrigger) => new JoinStep { Id = delay.Id, Next = delay.Next },
            WaitUntilStep wait when !triggers.Any(t => t is MetricTrigger or ApiTrigger) =>
                wait with { Branches = ValueList.Of(wait.Branches.Select(b => b with { SameAs = null })) },
            _ => step,
        };
    }

    // What no link leads to is left out; links only go forward, so there are no circles.
    private static FlowDefinition Reachable(FlowDefinition flow)
    {
        var reached = new HashSet<string> { "0" };
        foreach (var step in flow.Steps.Where(s => reached.Contains(s.Id)))
        {
            reached.UnionWith(step.Links.OfType<string>());
        }

        return flow with { Steps = ValueList.Of(flow.Steps.Where(s => reached.Contains(s.Id))) };
    }
}
