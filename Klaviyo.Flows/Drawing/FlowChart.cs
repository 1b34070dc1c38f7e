using System.Globalization;
using Klaviyo.Flows.Definitions;

namespace Klaviyo.Flows.Drawing;

/// <summary>What a picture of a flow shows: boxes with lines of text, and the ways between them.</summary>
internal sealed class FlowChart
{
    private const string End = "";
    private readonly List<ChartBox> _boxes = [];
    private readonly List<ChartWay> _ways = [];
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);

    private FlowChart()
    {
    }

    /// <summary>Gets the boxes: first the triggers, then the steps, then the ends.</summary>
    internal IReadOnlyList<ChartBox> Boxes => _boxes;

    /// <summary>Gets the ways: at most one from a box to another.</summary>
    internal IReadOnlyList<ChartWay> Ways => _ways;

    /// <summary>Makes the chart of a flow.</summary>
    /// <exception cref="DefinitionException">The flow has no steps, or a link leads nowhere.</exception>
    internal static FlowChart Of(FlowDefinition flow, FlowTraffic? traffic)
    {
        _ = FlowGraph.Of(flow);
        var chart = new FlowChart();
        var steps = FlowGraph.Expanded(flow.Steps);
        chart._boxes.Add(new ChartBox(BoxShape.Trigger, TriggerLines(flow, traffic)));
        foreach (var step in steps)
        {
            chart._byId.Add(step.Id, chart._boxes.Count);
            chart._boxes.Add(new ChartBox(ShapeOf(step), StepLines(step, traffic)));
        }

        chart._ways.Add(new ChartWay(0, chart._byId[flow.Entry], Count(traffic, End, flow.Entry)));
        foreach (var step in steps)
        {
            chart.AddWays(step, traffic);
        }

        chart.AddJumps(traffic);
        return chart;
    }

    private static BoxShape ShapeOf(Step step)
    {
        return step switch
        {
            ActionStep => BoxShape.Action,
            TimeDelayStep or DateDelayStep or RandomDelayStep or WaitForWindowStep or WaitUntilStep or BackInStockDelayStep or RateLimitStep
                => BoxShape.Wait,
            _ => BoxShape.Split,
        };
    }

    private static List<string> TriggerLines(FlowDefinition flow, FlowTraffic? traffic)
    {
        var lines = flow.Triggers.Select(t => StepWords.Of(t)).ToList();
        if (flow.ProfileFilter is { } filter)
        {
            lines.Add($"only if {StepWords.Of(filter)}");
        }

        if (flow.Reentry is not null)
        {
            lines.Add(StepWords.Of(flow.Reentry));
        }

        if (traffic is not null)
        {
            lines.Add(Invariant($"{traffic.Stats.Entered} entered, {traffic.Stats.Running} under way"));
            AddSkips(lines, End, traffic);
        }

        return lines;
    }

    private static List<string> StepLines(Step step, FlowTraffic? traffic)
    {
        var lines = new List<string> { StepWords.Of(step), $"{step.Id} · {step.Type}" };
        if (step is ActionStep { Status: not StepStatus.Live } action)
        {
            lines.Add($"({StepStatusText.Of(action.Status)})");
        }

        if (StepWords.OnError(step) is { } otherwise)
        {
            lines.Add(otherwise);
        }

        if (traffic is null)
        {
            return lines;
        }

        if (traffic.Stats.Waiting.GetValueOrDefault(step.Id) is > 0 and var waiting)
        {
            lines.Add(Invariant($"{waiting} here now"));
        }

        if (traffic.Stats.Steps.TryGetValue(step.Id, out var kinds))
        {
            DecisionKind[] told =
                [DecisionKind.Send, DecisionKind.Deliver, DecisionKind.Fail, DecisionKind.DeadLetter, DecisionKind.Update, DecisionKind.Park];
            foreach (var kind in told)
            {
                if (kinds.TryGetValue(kind, out var times))
                {
                    lines.Add(Invariant($"{times} × {DecisionKindText.Of(kind)}"));
                }
            }
        }

        AddSkips(lines, step.Id, traffic);
        return lines;
    }

    private static void AddSkips(List<string> lines, string step, FlowTraffic traffic)
    {
        if (traffic.Stats.StepSkips.TryGetValue(step, out var reasons))
        {
            lines.AddRange(reasons.OrderBy(r => r.Key).Select(r => Invariant($"{r.Value} × {SkipReasonText.Of(r.Key)}")));
        }
    }

    private static long? Count(FlowTraffic? traffic, string from, string to) =>
        traffic is null ? null : traffic.Ways.GetValueOrDefault((from, to));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // Exits of a step that lead to one place are one way: a transition tells where a run went, not by which exit.
    private void AddWays(Step step, FlowTraffic? traffic)
    {
        var from = _byId[step.Id];
        var exits = StepWords.Exits(step).ToList();
        foreach (var target in exits.Select(e => e.To ?? End).Distinct(StringComparer.Ordinal))
        {
            var words = exits.Where(e => (e.To ?? End) == target && e.Words.Length > 0).Select(e => e.Words);
            _ways.Add(new ChartWay(from, target == End ? AddEnd() : _byId[target], Count(traffic, step.Id, target))
            {
                Words = string.Join(" / ", words),
            });
        }
    }

    private int AddEnd()
    {
        _boxes.Add(new ChartBox(BoxShape.End, ["end"]));
        return _boxes.Count - 1;
    }

    // Ways that no link says: runs jump to goals, and earlier versions had other links.
    private void AddJumps(FlowTraffic? traffic)
    {
        var said = _ways.Select(w => (w.From, w.To)).ToHashSet();
        foreach (var ((from, to), times) in (traffic?.Ways ?? new Dictionary<(string, string), long>())
            .OrderBy(w => w.Key.From, StringComparer.Ordinal).ThenBy(w => w.Key.To, StringComparer.Ordinal))
        {
            if (_byId.TryGetValue(from, out var one) && _byId.TryGetValue(to, out var other) && said.Add((one, other)))
            {
                _ways.Add(new ChartWay(one, other, times) { IsJump = true });
            }
        }
    }
}

/// <summary>What a box stands for.</summary>
internal enum BoxShape
{
    /// <summary>What starts runs.</summary>
    Trigger,

    /// <summary>A step that does something.</summary>
    Action,

    /// <summary>A step that waits.</summary>
    Wait,

    /// <summary>A step that goes one of several ways, or steers the run.</summary>
    Split,

    /// <summary>The end of a run.</summary>
    End,
}

/// <summary>A box: the first line is its title.</summary>
internal sealed record ChartBox(BoxShape Shape, IReadOnlyList<string> Lines);

/// <summary>A way from one box to another, and how many times it was taken; null where that is not known.</summary>
internal sealed record ChartWay(int From, int To, long? Times)
{
    /// <summary>Gets when it is taken; empty for always.</summary>
    internal string Words { get; init; } = "";

    /// <summary>Gets whether no link says it.</summary>
    internal bool IsJump { get; init; }

    /// <summary>Gets the text beside it; empty for none.</summary>
    internal string Label
    {
        get
        {
            var times = Times?.ToString(CultureInfo.InvariantCulture);
            return times is null ? Words : Words.Length == 0 ? times : $"{Words}: {times}";
        }
    }
}
