using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Tests.Flows.Interpreter;

// "Each transition of a run has the number after the last one, and begins where the last one ended. Anything else is damage."
public sealed class LaneStateTests
{
    private static readonly Instant Now = Instant.Parse(FlowWorld.Start);

    private static readonly Transition Trigger = new()
    {
        Kind = DecisionKind.Trigger,
        Slot = 0,
        Run = 1,
        Seq = 1,
        At = Now,
        Due = Now,
        From = FlowGraph.End,
        To = FlowGraph.End,
        Start = new RunStart(0, 1, 5, null),
    };

    private static readonly Transition Enter = Trigger with { Kind = DecisionKind.Enter, Seq = 2, To = 0, Start = default };
    private static readonly Transition Send = Enter with { Kind = DecisionKind.Send, Seq = 3, From = 0, To = FlowGraph.End, Message = 0 };
    private static readonly Transition Deliver = Send with { Kind = DecisionKind.Deliver, Seq = 1 };

    [Test]
    public void Apply_InOrder_IsTaken()
    {
        var state = Of(Trigger, Enter, Send);
        Assert.That((state.Runs.Count, state.Outbox.Messages.Count), Is.EqualTo((0, 1)));
        state.Apply(Deliver);
        Assert.That(state.Outbox.Messages.Count, Is.Zero);
        Assert.That(state.LastEntry(0, 5), Is.EqualTo(Now));
    }

    // A migration between the result and the parking, letters of other steps, and an image in between change nothing about it.
    [TestCase(false)]
    [TestCase(true)]
    public void MessageOf_AParkedRun_IsTheOneItStoodFor(bool migrates)
    {
        var earlier = Send with { To = 0, Message = 0 };
        var letter = Deliver with { Kind = DecisionKind.DeadLetter, Detail = "no" };
        var state = Of(
            Trigger, Enter, earlier, letter, Enter with { Kind = DecisionKind.Resume, Seq = 4, From = 0 },
            Send with { Seq = 5, To = 0, Message = 1 }, letter with { Slot = 1 });
        var next = Enter with { Seq = 6, From = 0 };
        if (migrates)
        {
            state.Apply(next with { Kind = DecisionKind.Migrate, Migration = new RunMigration(2, RunStatus.Unsent, default) });
            next = next with { Seq = 7 };
        }

        state.Apply(next with { Kind = DecisionKind.Park, Detail = "no" });
        var loaded = new LaneState();
        Load(loaded, Image(state));
        Assert.That((state.MessageOf(0), loaded.MessageOf(0)), Is.EqualTo((1, 1)));
        loaded.Apply(letter with { Kind = DecisionKind.Requeue, Slot = 1, Seq = 2, Due = Now });
        Assert.That((loaded.Runs[0].Status, loaded.MessageOf(0)), Is.EqualTo((RunStatus.Sending, 1)));
        state.Apply(letter with { Kind = DecisionKind.Drop, Slot = 1, Seq = 2 });
        Assert.That(state.MessageOf(0), Is.EqualTo(-1));
    }

    private static readonly Dictionary<string, Transition> Damages = new()
    {
        ["a number left out"] = Send with { Seq = 4 },
        ["a number twice"] = Send with { Seq = 2 },
        ["another run"] = Send with { Run = 2 },
        ["another step"] = Send with { From = 1 },
        ["an empty slot"] = Send with { Slot = 1 },
        ["a slot in use"] = Trigger with { Run = 2 },
        ["a run number left out"] = Trigger with { Slot = 1, Run = 3 },
        ["a result without a message"] = Deliver,
    };

    private static IEnumerable<string> DamageNames => Damages.Keys;

    [TestCaseSource(nameof(DamageNames))]
    public void Apply_WhatDoesNotFollow_IsDamage(string damage)
    {
        var state = Of(Trigger, Enter);
        Assert.That(() => state.Apply(Damages[damage]), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Apply_ResultTwiceOrOutOfOrder_IsDamage()
    {
        var state = Of(Trigger, Enter, Send);
        Assert.That(() => state.Apply(Deliver with { Seq = 2 }), Throws.TypeOf<InvalidDataException>());
        state.Apply(Deliver with { Kind = DecisionKind.Retry, Due = Now.PlusMs(1) });
        Assert.That(() => state.Apply(Deliver), Throws.TypeOf<InvalidDataException>());
        state.Apply(Deliver with { Seq = 2 });
        Assert.That(() => state.Apply(Deliver with { Seq = 3 }), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Load_WhatWasSaved_IsTheSameState()
    {
        var state = Of(
            Trigger,
            Enter,
            Send with { To = 1 },
            Trigger with { Slot = 3, Run = 2, Start = new RunStart(1, 2, 5, new EventId(-9)) });
        var restored = new LaneState();
        Load(restored, Image(state));
        Assert.That(Image(restored), Is.EqualTo(Image(state)));
        Assert.That(restored.RunsOf(5).Order(), Is.EqualTo([0, 3]));
        var budget = 100;
        var due = new List<int>();
        while (restored.RunTimers.TryTake(Now, ref budget, out var run))
        {
            due.Add(run);
        }

        Assert.That(due, Is.EquivalentTo([0, 3]));
        Assert.That(restored.Outbox.Timers.TryTake(Now, ref budget, out var message) && message == 0, Is.True);
        Assert.That(restored.Runs.Vacant(), Is.AnyOf(1, 2));
        var image = Image(state);
        image[1] = [.. image[1], 0];
        Assert.That(() => Load(new LaneState(), image), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Save_ManyRuns_ComesInPartsThatAreTheSameForTheSameState()
    {
        const int Runs = 30_000;
        const int PartBytes = 300_000;
        var (state, other) = (new LaneState(), new LaneState());
        for (var i = 0; i < Runs; i++)
        {
            state.Apply(Trigger with { Slot = i, Run = i + 1, Start = new RunStart(i % 3, 1, i * 7 % Runs, new EventId(i)) });
            state.Apply(Enter with { Slot = i, Run = i + 1 });
        }

        for (var i = 0; i < Runs; i += 2)
        {
            state.Apply(Enter with { Kind = DecisionKind.Skip, Slot = i, Run = i + 1, Seq = 3, From = 0, To = FlowGraph.End });
        }

        var image = Image(state);
        Load(other, image);
        Assert.That(image, Has.Count.GreaterThan(4).And.All.Length.LessThan(PartBytes));
        Assert.That(Image(other), Is.EqualTo(image));
        Assert.That(other.LastEntry(0, 0), Is.EqualTo(state.LastEntry(0, 0)).And.Not.Null);
    }

    // "The state is cut into pages. Each is written once, by whoever comes first."
    [Test]
    public void BeginImage_StaysWhatItWas_WhileEverythingChanges()
    {
        const int Runs = 2_000;
        var (state, next, changed) = (new LaneState(), 0, 0);
        var line = new RateChange(RateChangeKind.Pass, "line", Now, 0, 60_000, 0);
        Life(state, ref next, Runs);
        state.Rates.Apply(line);
        var expected = Image(state);
        var images = state.BeginImage(isKept: true);
        var parts = new List<byte[]>();
        foreach (var image in images)
        {
            while (image.TryStep(out var part))
            {
                parts.AddRange(part.Length > 0 ? [part.ToArray()] : []);
                Life(state, ref next, 100);
                state.Erase((changed * 31 % Runs) + 1);
                state.Merge((changed * 17 % Runs) + 1, 5);
                state.Rates.Apply(line with { Line = changed++ % 2 == 0 ? "line" : "another", At = Now.PlusMs(changed) });
            }
        }

        var restored = new LaneState();
        Load(restored, parts);
        Assert.That(changed, Is.GreaterThan(10));
        Assert.That(Image(restored), Is.EqualTo(expected));
        Assert.That(Image(state), Is.Not.EqualTo(expected));

        // And one that was given up keeps nothing.
        images = state.BeginImage(isKept: true);
        images.ToList().ForEach(i => i.Abandon());
        Life(state, ref next, 100);
        Assert.That(images.Count(i => i.TryStep(out _)), Is.Zero);
    }

    // Runs that come, with keys and without, wait, send, end; messages that are delivered or stay.
    private static void Life(LaneState state, ref int next, int runs)
    {
        for (var end = next + runs; next < end; next++)
        {
            var (slot, run, message) = (state.Runs.Vacant(), next + 1L, state.Outbox.Messages.Vacant());
            var key = next % 3 == 0 ? new PropertyMap { [RunKey.Variable] = $"key {next}" } : null;
            state.Apply(Trigger with { Slot = slot, Run = run, Start = new RunStart(next % 3, 1, next % 700, null), Variables = key });
            state.Apply(Enter with { Slot = slot, Run = run });
            if (next % 4 > 0)
            {
                state.Apply(Send with { Slot = slot, Run = run, Message = message, To = next % 4 == 1 ? 1 : FlowGraph.End });
            }

            if (next % 8 == 6)
            {
                state.Apply(Deliver with { Slot = message, Run = run });
            }
            else if (next % 8 == 7)
            {
                state.Apply(Deliver with { Kind = DecisionKind.DeadLetter, Slot = message, Run = run, Detail = "no" });
            }
        }

        // Old ones go on.
        foreach (var slot in Enumerable.Range(next * 7 % Math.Max(1, state.Runs.End - 50), 50).Where(s => state.Runs.IsUsed(s)))
        {
            var run = state.Runs[slot];
            state.Apply(Enter with { Kind = DecisionKind.Skip, Slot = slot, Run = run.Number, Seq = run.Seq + 1, From = run.Step, To = FlowGraph.End });
        }
    }

    private static LaneState Of(params Transition[] transitions)
    {
        var state = new LaneState();
        foreach (var transition in transitions)
        {
            state.Apply(transition);
        }

        return state;
    }

    private static void Load(LaneState state, List<byte[]> image) => image.ForEach(part => state.Load(part));

    private static List<byte[]> Image(LaneState state) => [.. state.Save().Select(part => part.ToArray())];
}
