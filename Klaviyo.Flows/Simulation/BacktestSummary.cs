namespace Klaviyo;

/// <summary>How many decisions two flows have in common, and how many only one of them makes, by step, kind and reason.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record BacktestSummary
{
    private BacktestSummary(IReadOnlyList<BacktestCount> counts, int profiles, int changed) =>
        (Counts, Profiles, ChangedProfiles) = (counts, profiles, changed);

    /// <summary>Gets the counts, ordered by step, kind and reason.</summary>
    public IReadOnlyList<BacktestCount> Counts { get; }

    /// <summary>Gets for how many profiles either flow decides anything.</summary>
    public int Profiles { get; }

    /// <summary>Gets for how many of them the flows do not decide the same.</summary>
    public int ChangedProfiles { get; }

    /// <summary>Counts the rows of a backtest.</summary>
    /// <param name="rows">The rows, profile after profile as <see cref="CustomerPlatform.BacktestFlowAsync"/> gives them.</param>
    /// <param name="cancellationToken">Ends the counting.</param>
    /// <remarks>Keeps no row: memory goes with the number of steps.</remarks>
    public static async Task<BacktestSummary> OfAsync(IAsyncEnumerable<BacktestRow> rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var counts = new Dictionary<(string Step, DecisionKind Kind, SkipReason Skip), BacktestCount>();
        var (profiles, changed, last, isChanged) = (0, 0, default(ProfileId?), false);
        await foreach (var (side, decision) in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (last != decision.Profile)
            {
                (last, isChanged) = (decision.Profile, false);
                profiles++;
            }

            changed += side != BacktestSide.Same && !isChanged ? 1 : 0;
            isChanged |= side != BacktestSide.Same;
            var key = (decision.Step, decision.Kind, decision.Skip);
            var count = counts.GetValueOrDefault(key) ?? new BacktestCount(decision.Step, decision.Kind, decision.Skip, 0, 0, 0);
            counts[key] = side switch
            {
                BacktestSide.Same => count with { Same = count.Same + 1 },
                BacktestSide.OnlyDraft => count with { OnlyDraft = count.OnlyDraft + 1 },
                _ => count with { OnlyLive = count.OnlyLive + 1 },
            };
        }

        var ordered = counts.Values.OrderBy(c => c.Step, StringComparer.Ordinal).ThenBy(c => c.Kind).ThenBy(c => c.Skip);
        return new BacktestSummary([.. ordered], profiles, changed);
    }
}

/// <summary>How often something was decided at a step.</summary>
/// <param name="Step">The id of the step.</param>
/// <param name="Kind">What.</param>
/// <param name="Skip">Why not; <see cref="SkipReason.None"/> where it was done.</param>
/// <param name="Same">How often by both flows.</param>
/// <param name="OnlyDraft">How often by the draft alone.</param>
/// <param name="OnlyLive">How often by the live flow alone.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record BacktestCount(string Step, DecisionKind Kind, SkipReason Skip, long Same, long OnlyDraft, long OnlyLive);
