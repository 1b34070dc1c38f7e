namespace Klaviyo;

/// <summary>The rule of a segment: which profiles are in it at T.</summary>
/// <remarks>
/// <para>A pure function of a profile's history and T. Only a profile that was created at or before T takes part.</para>
/// <para>Definitions are equal when their conditions are, whatever text they came from.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SegmentDefinition
{
    private readonly LifeCondition _life;

    /// <summary>Creates a definition.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="root"/> is null.</exception>
    public SegmentDefinition(Condition root)
        : this(root, null)
    {
    }

    internal SegmentDefinition(Condition root, string? source)
    {
        ArgumentNullException.ThrowIfNull(root);
        Root = root;
        Source = source;
        Dependencies = new DependencySet();
        root.AddDependencies(Dependencies);
        _life = new LifeCondition(root);
    }

    /// <summary>Gets the condition.</summary>
    public Condition Root { get; }

    /// <summary>Gets the metrics, properties, groups and channels that the definition reads. Not to be changed.</summary>
    public DependencySet Dependencies { get; }

    // The JSON as it was given, so that it is given back byte for byte.
    internal string? Source { get; }

    /// <summary>Tells whether the profile is in the segment at T.</summary>
    public bool Holds(in EvaluationContext context) => _life.Holds(context);

    /// <summary>Gets the earliest instant after T at which the answer may differ if nothing more is written.</summary>
    /// <returns>Null where time alone never changes it.</returns>
    /// <remarks>It may name an instant at which nothing changes, but never passes over one at which it does.</remarks>
    public Instant? NextBoundary(in EvaluationContext context) => _life.NextBoundary(context);

    /// <summary>Gets the earliest instant after T at which the answer differs if nothing more is written.</summary>
    /// <returns>Null where time alone never changes it, or not up to the last instant at which it was looked for.</returns>
    /// <remarks>
    /// Evaluates the definition at one boundary after the other, up to 16,384 of them, fewer where it reads more than 4,096 events, until
    /// there is none, or none but anniversaries for so long that the calendar has repeated itself.
    /// </remarks>
    public Instant? NextFlip(in EvaluationContext context) => _life.NextFlip(context);

    /// <summary>Gets the earliest instant after T, up to another, at which the answer differs if nothing more is written.</summary>
    /// <returns>Null where there is none until then.</returns>
    /// <remarks>Costs an evaluation for each boundary until then.</remarks>
    public Instant? NextFlip(in EvaluationContext context, Instant until) =>
        FlipSearch.Next(_life, context, until, int.MaxValue, out _);

    /// <summary>Gets since when the profile is in the segment without a break.</summary>
    /// <returns>Null where it is not in it at T.</returns>
    /// <remarks>Looks back from T: costs an evaluation for each boundary up to four times as far back.</remarks>
    public Instant? Since(in EvaluationContext context) => Since(context, Instant.MinValue);

    /// <summary>Gets since when the profile is in the segment without a break, as far as that matters.</summary>
    /// <param name="context">The context, with T.</param>
    /// <param name="horizon">Where it is since then or longer, this instant or an earlier one is said: it is not looked back farther.</param>
    internal Instant? Since(in EvaluationContext context, Instant horizon)
    {
        var created = context.History.Created;
        return FlipSearch.Since(_life, context, created > horizon ? created : horizon);
    }

    /// <summary>Tells why the profile is in the segment or not, and when that changes.</summary>
    public Explanation Explain(in EvaluationContext context) => ExplainNow(context).WithFlip(_life, context);

    /// <summary>Tells why the profile is in the segment or not, without when that changes.</summary>
    internal Explanation ExplainNow(in EvaluationContext context) => _life.Explain(context);

    /// <summary>Begins to look for when the answer changes.</summary>
    internal FlipWalk WalkToFlip(in EvaluationContext context, int looksMax) => new(_life, context, Instant.MaxValue, looksMax);

    /// <inheritdoc/>
    public bool Equals(SegmentDefinition? other) => other is not null && Root.Equals(other.Root);

    /// <inheritdoc/>
    public override int GetHashCode() => Root.GetHashCode();

    // Before it was created a profile is in no segment.
    private sealed record LifeCondition(Condition Root) : Condition
    {
        public override bool Holds(in EvaluationContext context) => context.History.Created <= context.At && Root.Holds(context);

        public override Instant? NextBoundary(in EvaluationContext context)
        {
            var created = context.History.Created;
            return created > context.At ? created : Root.NextBoundary(context);
        }

        public override Explanation Explain(in EvaluationContext context)
        {
            var (created, explanation) = (context.History.Created, Root.Explain(context));
            return created <= context.At ? explanation : new Explanation("exists", false, created, [], [explanation]);
        }

        public override void AddDependencies(DependencySet dependencies) => Root.AddDependencies(dependencies);
    }
}
