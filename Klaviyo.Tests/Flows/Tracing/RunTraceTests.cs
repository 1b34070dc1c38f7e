using CsCheck;
using Klaviyo.Testing;

namespace Klaviyo.Tests.Flows.Tracing;

// "History per run from the log (who, when, why, inputs of each decision)" (F16); "visibility counts == recount from the log" (C27)
public sealed class RunTraceTests
{
    private const string Ada = "email:ada@example.com";

    private static readonly FlowDefinition Cart = FlowBuilder.Named("cart")
        .OnEvent("Added to Cart")
        .Only(When.DidNot("Placed Order").SinceFlowStart())
        .As("wait").Wait(7, DelayUnit.Days)
        .As("big").If(When.Did("Placed Order").Sum().MoreThan(100).InTheLast(30, TimeUnit.Day),
            yes => yes.As("text").Sms("Hello"),
            no => no.As("mail").Email("Hello", "<p>Hello</p>"))
        .Build();

    [Test]
    public async Task Trace_TellsWhatWasDecided_AndWhy()
    {
        await using var test = await FlowTest.OpenAsync(Cart);
        await test.TrackAsync(Ada, "Placed Order", 60, time: test.Now.Plus(-TimeSpan.FromDays(20)));
        await test.TrackAsync(Ada, "Placed Order", 50, time: test.Now.Plus(-TimeSpan.FromDays(10)));
        await test.TrackAsync(Ada, "Added to Cart");
        var begun = test.Now;
        var waiting = (await test.Platform.TraceRunsAsync(Ada)).Single();
        Assert.That(waiting.Current!.Step, Is.EqualTo("wait"));
        Assert.That(waiting.Entries[^1].Due, Is.EqualTo(begun.Plus(TimeSpan.FromDays(7))));
        Assert.That(test.Platform.FlowStats("cart").Waiting, Is.EqualTo(new Dictionary<string, long> { ["wait"] = 1 }));

        await test.AdvanceAsync(TimeSpan.FromDays(7));
        await test.RestartAsync();
        var trace = (await test.Platform.TraceRunAsync(waiting.Run))!;
        Assert.That(trace.Current, Is.Null);
        Assert.That(trace.Entries.Select(e => $"{e.Decision.Step} {e.Decision.Decision} {e.Decision.Reason} {e.Decision.Next}"), Is.EqualTo(new[]
        {
            " trigger  ", " enter  wait", "wait wait  wait", "wait resume  big", "big branch  text", "text skip no-address ",
        }));
        Assert.That(trace.Entries.Select(e => e.IsSameToday), Has.All.True);
        var split = trace.Entries[4].Conditions.Single();
        Assert.That((split.Role, split.Why.Holds, split.Why.Value.AsNumber(), split.Why.Evidence.Count), Is.EqualTo(("split", true, 110d, 2)));
        Assert.That(split.Why.NextFlip, Is.EqualTo(begun.Plus(TimeSpan.FromDays(10)).PlusMs(1)).Or.EqualTo(begun.Plus(TimeSpan.FromDays(10))));
        Assert.That(trace.Entries[5].Conditions.Select(c => c.Role), Is.EqualTo(["profile filter"]));
        Assert.That(test.Platform.FlowStats("cart").StepSkips["text"], Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.NoAddress] = 1 }));
    }

    [Test]
    public async Task LateEvent_IsSaidToChangeADecisionToday()
    {
        await using var test = await FlowTest.OpenAsync(Cart);
        await test.TrackAsync(Ada, "Added to Cart");
        await test.AdvanceAsync(TimeSpan.FromDays(8));
        await test.TrackAsync(Ada, "Placed Order", 500, time: test.Now.Plus(-TimeSpan.FromDays(20)));
        var trace = (await test.Platform.TraceRunsAsync(Ada)).Single();
        var split = trace.Entries.Single(e => e.Decision.Step == "big");
        Assert.That((split.Decision.Next, split.IsSameToday), Is.EqualTo(("mail", false)));
        Assert.That(split.Conditions.Single().Why.Holds, Is.True);
    }

    [Test]
    public async Task WhatIsNoRun_OrErased_HasNoTrace()
    {
        await using var test = await FlowTest.OpenAsync(Cart);
        await test.TrackAsync(Ada, "Added to Cart");
        var run = (await test.Platform.TraceRunsAsync(Ada)).Single().Run;
        Assert.That(RunId.Parse(run.ToString()), Is.EqualTo(run));
        Assert.That(await test.Platform.TraceRunAsync(new RunId(run.Value + 1)), Is.Null);
        Assert.That(await test.Platform.TraceRunAsync(new RunId(1L << 50)), Is.Null);
        Assert.That(await test.Platform.TraceRunsAsync("email:nobody@example.com"), Is.Empty);
        await test.Platform.EraseAsync(Ada);
        Assert.That(await test.Platform.TraceRunAsync(run), Is.Null);
    }

    // Random flows over random facts: a trace has exactly the decisions that were heard live, the traffic balances, and the counts
    // of each step are those of the trace.
    [Test]
    public void RandomFlows_TracesAreWhatWasHeard_AndCountsAreARecount()
    {
        Gen.Select(RandomFlows.Flow, RandomFlows.Facts).Sample(
            (flow, facts) => CheckAsync(flow, [.. facts.OrderBy(f => f.Time)]).GetAwaiter().GetResult(), threads: 1, iter: 60);
    }

    private static async Task CheckAsync(FlowDefinition flow, CustomerWrite[] facts)
    {
        await using var world = await FlowWorld.OpenAsync(lanes: 2, RandomFlows.From.ToString());
        await RandomFlows.DefineOtherAsync(world);
        var heard = world.Platform.Listen().Reader;
        await world.Platform.DefineFlowAsync(flow);
        foreach (var instant in facts.GroupBy(f => f.Time!.Value))
        {
            world.Clock.SetUtcNow(instant.Key.ToDateTimeOffset());
            await world.Platform.WriteAsync([.. instant]);
            await world.Platform.RunDueAsync();
        }

        var news = new List<FlowDecision>();
        while (heard.TryRead(out var decision))
        {
            news.Add(decision);
        }

        var stats = world.Platform.FlowStats("f");
        var traffic = await world.Platform.CountTrafficAsync("f");
        var traced = new List<RunTrace>();
        foreach (var run in news.Select(d => d.Run).Distinct())
        {
            var trace = (await world.Platform.TraceRunAsync(run))!;
            Assert.That(trace.Entries.Select(e => e.Decision), Is.EqualTo(news.Where(d => d.Run == run)));
            traced.Add(trace);
        }

        foreach (var (step, kinds) in stats.Steps)
        {
            var recount = traced.SelectMany(t => t.Entries).Where(e => e.Decision.Step == step).CountBy(e => e.Decision.Kind);
            Assert.That(kinds, Is.EquivalentTo(recount.Select(c => new KeyValuePair<DecisionKind, long>(c.Key, c.Value))));
        }

        // Who came onto a step left it, stands there, or was ended there by the filter of the flow.
        foreach (var id in flow.Steps.Select(s => s.Id))
        {
            var came = traffic.Ways.Where(w => w.Key.To == id).Sum(w => w.Value);
            var left = traffic.Ways.Where(w => w.Key.From == id).Sum(w => w.Value);
            var ended = stats.StepSkips.GetValueOrDefault(id)?.GetValueOrDefault(SkipReason.FilterFailed) ?? 0;
            Assert.That(came, Is.EqualTo(left + ended + stats.Waiting.GetValueOrDefault(id)), id);
        }

        Assert.That(stats.Waiting.Values.Sum(), Is.EqualTo(stats.Running));
    }
}
