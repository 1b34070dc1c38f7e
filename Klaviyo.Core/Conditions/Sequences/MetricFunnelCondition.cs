namespace Klaviyo;

/// <summary>Klaviyo's funnel: metrics that were done one after the other, or were not, within a time of the first.</summary>
/// <remarks>It means the <see cref="SequenceCondition"/> that <see cref="Sequence"/> gives.</remarks>
public sealed record MetricFunnelCondition : Condition
{
    /// <summary>Gets the steps, in order; only whether they happened, metric and filters are looked at.</summary>
    /// <value>With none, the condition holds for everyone.</value>
    public required ValueList<SequenceStep> Steps { get; init; }

    /// <summary>Gets the window of the first event, relative to T.</summary>
    public required DateFilter Window { get; init; }

    /// <summary>Gets how long after the first event all others must have happened.</summary>
    /// <value>Null for any time.</value>
    public TimeStep? Completion { get; init; }

    /// <summary>Gets the sequence that the funnel means.</summary>
    public SequenceCondition Sequence
    {
        get
        {
            var first = Steps.AsSpan().FirstHappened();
            return new SequenceCondition
            {
                Steps = ValueList.Of(Steps.Select((s, i) => i <= first ? s : s with { Within = Completion, Anchor = SequenceAnchor.First })),
                Window = Window,
            };
        }
    }

    internal Unseen<string> AnyTime { get; init; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Sequence.Holds(context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Sequence.NextBoundary(context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context) => Sequence.Explain(context);

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => Sequence.AddDependencies(dependencies);
}
