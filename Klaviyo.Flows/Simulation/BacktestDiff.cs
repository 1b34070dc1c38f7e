namespace Klaviyo.Flows.Simulation;

/// <summary>Tells apart what two flows decide for one profile.</summary>
internal static class BacktestDiff
{
    /// <summary>Compares the decisions for one profile. Runs have other numbers in each simulation, so they are not compared.</summary>
    /// <param name="draft">What the draft decides, by time.</param>
    /// <param name="live">What the live flow decides, by time.</param>
    /// <param name="rows">Receives the rows, by time; of one instant what is the same or the draft's comes first.</param>
    internal static void Add(List<FlowDecision> draft, List<FlowDecision> live, List<BacktestRow> rows)
    {
        var open = new Dictionary<(Instant At, string Step, string Type, DecisionKind Kind, SkipReason Skip, string Detail), int>();
        foreach (var decision in live)
        {
            var key = KeyOf(decision);
            open[key] = open.GetValueOrDefault(key) + 1;
        }

        var first = rows.Count;
        foreach (var decision in draft)
        {
            var key = KeyOf(decision);
            var isSame = open.GetValueOrDefault(key) > 0;
            if (isSame)
            {
                open[key]--;
            }

            rows.Add(new BacktestRow(isSame ? BacktestSide.Same : BacktestSide.OnlyDraft, decision));
        }

        // Of several alike the last ones are the live flow's own; they are told from the end on.
        var own = new List<BacktestRow>();
        for (var i = live.Count - 1; i >= 0; i--)
        {
            var key = KeyOf(live[i]);
            if (open[key] > 0)
            {
                open[key]--;
                own.Add(new BacktestRow(BacktestSide.OnlyLive, live[i]));
            }
        }

        own.Reverse();
        var merged = rows.Skip(first).Concat(own).OrderBy(r => r.Decision.At).ToList();
        rows.RemoveRange(first, rows.Count - first);
        rows.AddRange(merged);
    }

    private static (Instant At, string Step, string Type, DecisionKind Kind, SkipReason Skip, string Detail) KeyOf(FlowDecision decision) =>
        (decision.At, decision.Step, decision.Type, decision.Kind, decision.Skip, decision.Detail);
}
