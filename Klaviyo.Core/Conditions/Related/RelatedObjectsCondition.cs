namespace Klaviyo;

/// <summary>How many of the related objects must match.</summary>
public enum Quantifier
{
    /// <summary>One or more.</summary>
    Any,

    /// <summary>Every one; also where there is none.</summary>
    All,

    /// <summary>Not one.</summary>
    None,

    /// <summary>As many as a filter says.</summary>
    Count,
}

/// <summary>Holds when any, all, none or so many of the accounts or objects that a profile is related to match a condition.</summary>
/// <remarks>
/// <para>Our addition, <c>related-objects</c>. The objects of a type that the profile is related to at T, each once. The condition
/// asks the object: for its properties and for the events that were written to it.</para>
/// <para>Where there is no such object, any does not hold, and all and none do.</para>
/// </remarks>
public sealed record RelatedObjectsCondition : Condition
{
    internal static readonly OperatorNames<Quantifier> Names = new(
        ("any", Quantifier.Any), ("all", Quantifier.All), ("none", Quantifier.None), ("count", Quantifier.Count));

    /// <summary>Gets the type of the objects, e.g. <c>account</c>.</summary>
    public required string ObjectType { get; init; }

    /// <summary>Gets the name of the relation, e.g. <c>member</c>.</summary>
    /// <value>Null for any.</value>
    public string? Relation { get; init; }

    /// <summary>Gets how many must match.</summary>
    public Quantifier Quantifier { get; init; }

    /// <summary>Gets the test of the number of those that match.</summary>
    /// <value>Looked at only with <see cref="Quantifier.Count"/>; the default is one or more.</value>
    public NumberFilter Amount { get; init; } = new(NumberOperator.GreaterThanOrEqualTo, 1);

    /// <summary>Gets the condition on the object.</summary>
    /// <value>The default holds for every object.</value>
    public Condition Where { get; init => field = Parts.Bounded(value); } = new AndCondition([]);

    internal override int Nesting => Where is AndCondition { Conditions.Count: 0 } ? 0 : Where.Nesting + 1;

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        var objects = Objects(context);
        return Holds(Matching(objects, context), objects.Count);
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        Instant? next = null;
        foreach (var relation in Relations(context))
        {
            next = Boundary.Earlier(next, Boundary.After(context.At, relation.Since));
            next = relation.Until is { } until ? Boundary.Earlier(next, Boundary.After(context.At, until)) : next;
        }

        foreach (var relation in Objects(context))
        {
            next = Boundary.Earlier(next, Inside(relation, context) is { } inside ? Where.NextBoundary(inside) : null);
        }

        return next;
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var parts = new List<Explanation>();
        foreach (var relation in Objects(context))
        {
            if (Inside(relation, context) is { } inside)
            {
                var part = Where.Explain(inside);
                parts.Add(part with { Condition = $"{relation.Other.Value}: {part.Condition}" });
            }
        }

        var matching = parts.Count(p => p.Holds);
        var objects = $"'{ObjectType}'{(Relation is null ? "" : $" related as '{Relation}'")}";
        var words = Quantifier == Quantifier.Count
            ? $"number of {objects} that match {Amount.Words}"
            : $"{Names.NameOf(Quantifier)} of {objects} match";
        return new Explanation(words, Holds(matching, parts.Count), matching, [], parts);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        // Whatever is written to such an object may change the answer; only what leads back to segments is told.
        var inside = new DependencySet();
        Where.AddDependencies(inside);
        dependencies.ObjectTypes.Add(ObjectType);
        dependencies.ObjectTypes.UnionWith(inside.ObjectTypes);
        dependencies.Groups.UnionWith(inside.Groups);
        dependencies.AddOfObjects(inside);
    }

    private bool Holds(int matching, int all)
    {
        return Quantifier switch
        {
            Quantifier.Any => matching > 0,
            Quantifier.All => matching == all,
            Quantifier.None => matching == 0,
            Quantifier.Count => Amount.Matches(matching),
            _ => throw new InvalidOperationException($"Unknown quantifier {Quantifier}."),
        };
    }

    private int Matching(List<Relation> objects, in EvaluationContext context)
    {
        var count = 0;
        foreach (var relation in objects)
        {
            count += Inside(relation, context) is { } inside && Where.Holds(inside) ? 1 : 0;
        }

        return count;
    }

    private static EvaluationContext? Inside(Relation relation, in EvaluationContext context) =>
        context.History.Related(relation.OtherId) is { } history ? context with { History = history } : null;

    // One relation for each object that the profile is related to at T.
    private List<Relation> Objects(in EvaluationContext context)
    {
        var at = context.At;
        return [.. Relations(context).Where(r => r.Since <= at && !(r.Until <= at)).DistinctBy(r => r.OtherId)];
    }

    private IEnumerable<Relation> Relations(in EvaluationContext context) =>
        context.History.Relations(ObjectType).Where(r => Relation is null || r.Name == Relation);
}
