using CsCheck;

namespace Klaviyo.Tests.Flows;

// Random triggers and steps of ours, for flows that are made of links that lead forward.
internal static class RandomSteps
{
    private static readonly string[] Dates = ["2026-03-30", "2026-03-29", "2020-02-29", "2026-03-31T22:30:00Z", "no date", "1999-04-01"];
    private static readonly string[] Zones = ["Europe/Berlin", "profile", "Asia/Tokyo"];
    private static readonly string[] Crons = ["0 */7 * * *", "30 2 * * *", "15 9 * * 1-5", "0 0 1 * *"];

    // Properties that the triggers below read.
    internal static readonly Gen<PropertyMap> Properties = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], (kind, which) => kind switch
    {
        0 => new PropertyMap { ["born"] = Dates[which] },
        1 => new PropertyMap { ["location"] = new PropertyMap { ["timezone"] = Zones[which % 3] } },
        2 => new PropertyMap { ["p"] = which % 2 == 0 ? "x" : "y" },
        _ => new PropertyMap { ["born"] = default, ["p"] = "x" },
    });

    internal static readonly Gen<FlowTrigger> Trigger = Gen.OneOf(
        Gen.Const((FlowTrigger)new ApiTrigger()),
        Gen.Bool.Select(to => (FlowTrigger)new PropertyChangedTrigger("p") { To = to ? Is("x") : null }),
        Gen.Bool.Select(from => (FlowTrigger)new PropertyChangedTrigger("born") { From = from ? Is("2026-03-30") : null }),
        Gen.Int[0, 3].Select(i => (FlowTrigger)new ScheduleTrigger(Crons[i]) { Timezone = i % 2 == 0 ? "profile" : null, Group = i == 2 ? "L" : null }),
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 26], Gen.Bool, (recurrence, before, hour, weekdays) => (FlowTrigger)new ProfileDateTrigger("born")
        {
            Recurrence = (DateRecurrence)recurrence,
            Before = before,
            Unit = DateUnit.Days,
            Time = new TimeOnly(hour % 24, 30),
            Timezone = Zones[before],
            Weekdays = weekdays ? [DayOfWeek.Monday, DayOfWeek.Tuesday] : [],
        }));

    internal static readonly Gen<ValueList<FlowTrigger>> Triggers = Gen.OneOf(
        Trigger.Select(t => ValueList.Of([t])),
        Trigger.Array[2, 3].Select(t => ValueList.Of(t)));

    // Of one kind for each number from 0 on.
    internal static Step Step(int kind, string id, string? first, string? second, Condition condition, string value, int choice)
    {
        return kind switch
        {
            0 => new MultiBranchSplitStep
            {
                Id = id,
                Branches = [new("a", first) { Filter = condition, Order = choice }, new("b", second) { Filter = Some.PropertyIs("p", value), Order = 2 }, new("c", first) { IsElse = choice % 2 == 0, Filter = choice % 2 == 0 ? null : condition }],
            },
            1 => new RandomSplitStep { Id = id, Branches = [new("a", choice, first), new("b", 1, second), new("c", 2)] },
            2 => new SwitchStep
            {
                Id = id,
                Value = choice % 2 == 0 ? ValueSource.Profile("p") : ValueSource.Event("k"),
                Cases = [new(value, first), new(default, second)],
                Next = second,
            },
            3 => new WaitUntilStep
            {
                Id = id,
                Branches = [new("a", first) { Metric = choice % 2 == 0 ? "A" : "B", SinceStart = choice == 5, SameAs = choice == 3 ? new PropertyPath("k") : null }, new("b", second) { Filter = condition }],
                TimeoutMs = choice * 5_400_000L,
                Next = second,
            },
            4 => new WaitForWindowStep
            {
                Id = id,
                Next = first,
                From = new TimeOnly(choice * 4, 30),
                Until = new TimeOnly(9, 0),
                Timezone = Zones[choice % 3],
                Weekdays = choice > 3 ? [DayOfWeek.Sunday, DayOfWeek.Monday] : [],
            },
            5 => new RandomDelayStep { Id = id, Next = first, AtLeastMs = choice * 1000, AtMostMs = choice * 3_600_000L },
            6 => new SetVariableStep { Id = id, Next = first, Variables = [new("v", ValueSource.Event("k")), new("w", ValueSource.Given(choice))] },
            7 => new TrackEventStep { Id = id, Next = first, Status = StepStatus.Live, Metric = choice % 2 == 0 ? "A" : "Other", Properties = [new("k", ValueSource.Variable("v"))] },
            8 => new GoalStep { Id = id, Next = first, Filter = condition, Otherwise = (GoalOtherwise)(choice % 3) },
            9 => new GotoStep { Id = id, Next = first, Target = second ?? id, Times = 1 + (choice % 3) },
            10 => new SubFlowStep { Id = id, Next = first, Status = StepStatus.Live, Flow = "other" },
            11 => new TargetDateStep { Id = id, Next = first, UntilTime = choice > 2 ? new TimeOnly(choice * 3, 0) : null },
            12 => new CountdownDelayStep { Id = id, Next = first, Value = choice % 3, Timezone = Zones[choice % 3] },
            13 => new BackInStockDelayStep { Id = id, Next = first },
            14 => new ActionOutputSplitStep { Id = id, NextIfTrue = first, NextIfFalse = second, Filter = new ActionOutputCondition(1, "k", Is(value)), TimeoutMs = choice * 3_600_000L },
            15 => new ExperimentStep
            {
                Id = id,
                Next = first,
                Status = choice == 5 ? StepStatus.Manual : StepStatus.Live,
                ExperimentStatus = choice % 2 == 0 ? "live" : "draft",
                Main = Some.Email("m") with { Status = StepStatus.Draft },
                Variations = [Some.Email("x") with { Status = StepStatus.Draft }, Some.Email("y") with { Status = StepStatus.Draft }],
                Allocations = choice == 2 ? new PropertyMap { ["x"] = 30, ["y"] = 70 } : [],
            },
            16 => new ConditionalSplitStep { Id = id, Filter = new RunVariableCondition("w", NumberIs(choice)), NextIfTrue = first, NextIfFalse = second },
            _ => new JoinStep { Id = id, Next = first },
        };
    }

    internal const int Kinds = 18;

    private static StringFilter Is(string value) => new(StringOperator.EqualTo, value);

    private static NumberFilter NumberIs(int value) => new(NumberOperator.EqualTo, value);
}
