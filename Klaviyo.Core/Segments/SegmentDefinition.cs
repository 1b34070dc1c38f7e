namespace Klaviyo;

/// <summary>The rule of a segment: which profiles are in it at T.</summary>
/// <remarks>
/// <para>A pure function of a profile's history and T. Only a profile that was created at or before T takes part.</para>
/// <para>Definitions are equal when their conditions are, whatever text they came from.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SegmentDefinition
{
    // The calendar repeats itself after 400 years, to the weekday, and so do the rules for summer time.
    private const long CalendarMs = 146_097L * 24 * 3_600_000;

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
    }

    /// <summary>Gets the condition.</summary>
    public Condition Root { get; }

    /// <summary>Gets the metrics, properties, groups and channels that the definition reads. Not to be changed.</summary>
    public DependencySet Dependencies { get; }

    // The JSON as it was given, so that it is given back byte for byte.
    internal string? Source { get; }

    /// <summary>Tells whether the profile is in the segment at T.</summary>
    public bool Holds(in EvaluationContext context) => context.History.Created <= context.At && Root.Holds(context);

    /// <summary>Gets the earliest instant after T at which the answer may differ if nothing more is written.</summary>
    /// <returns>Null where time alone never changes it.</returns>
    /// <remarks>It may name an instant at which nothing changes, but never passes over one at which it does.</remarks>
    public Instant? NextBoundary(in EvaluationContext context)
    {
        var created = context.History.Created;
        return created > context.At ? created : Root.NextBoundary(context);
    }

    /// <summary>Gets the earliest instant after T at which the answer differs if nothing more is written.</summary>
    /// <returns>Null where time alone never changes it.</returns>
    /// <remarks>
    /// Evaluates the definition at one boundary after the other, until there is none, or none but anniversaries for so long that
    /// the calendar has repeated itself.
    /// </remarks>
    public Instant? NextFlip(in EvaluationContext context)
    {
        var holds = Holds(context);
        var (settled, once) = (context.At, NextBoundary(context with { WithoutAnniversaries = true }));
        for (var next = NextBoundary(context); next is { } at;)
        {
            var then = context with { At = at };
            if (Holds(then) != holds)
            {
                return at;
            }

            if (once is null || once <= at)
            {
                once = NextBoundary(then with { WithoutAnniversaries = true });
            }

            settled = once is null ? settled : at;
            next = at.UnixMs - settled.UnixMs > CalendarMs ? null : NextBoundary(then);
        }

        return null;
    }

    // Where one at which nothing may change does as well: a bounded number of steps.
    internal Instant? NextFlipOrBoundary(in EvaluationContext context, int stepsMax)
    {
        var holds = Holds(context);
        var next = NextBoundary(context);
        for (var i = 0; i < stepsMax && next is { } at; i++)
        {
            var then = context with { At = at };
            if (Holds(then) != holds)
            {
                return at;
            }

            next = NextBoundary(then);
        }

        return next;
    }

    /// <summary>Tells why the profile is in the segment or not, and when that changes.</summary>
    public Explanation Explain(in EvaluationContext context)
    {
        var created = context.History.Created;
        var explanation = Root.Explain(context);
        return created <= context.At
            ? explanation with { NextFlip = NextFlip(context) }
            : new Explanation("exists", false, created, [], [explanation]) { NextFlip = NextFlip(context) };
    }

    /// <inheritdoc/>
    public bool Equals(SegmentDefinition? other) => other is not null && Root.Equals(other.Root);

    /// <inheritdoc/>
    public override int GetHashCode() => Root.GetHashCode();
}
