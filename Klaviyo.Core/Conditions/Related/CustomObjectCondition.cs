namespace Klaviyo;

/// <summary>Klaviyo's condition on custom objects: so many of those that a profile is related to pass filters.</summary>
/// <remarks>It means the <see cref="RelatedObjectsCondition"/> that <see cref="Objects"/> gives.</remarks>
public sealed record CustomObjectCondition : Condition
{
    /// <summary>Gets the type of the objects; here their type is their id.</summary>
    public required string ObjectType { get; init; }

    /// <summary>Gets the name of the relation; here its name is its id.</summary>
    public required string Relation { get; init; }

    /// <summary>Gets the test of the number of objects.</summary>
    public required NumberFilter Amount { get; init; }

    /// <summary>Gets the filters on properties of the object; it must pass all.</summary>
    public ValueList<PropertyFilter> Filters { get; init; } = [];

    /// <summary>Gets the condition that this one means.</summary>
    public RelatedObjectsCondition Objects => new()
    {
        ObjectType = ObjectType,
        Relation = Relation,
        Quantifier = Quantifier.Count,
        Amount = Amount,
        Where = new AndCondition(ValueList.Of(Filters.Where(f => f.Filter is not null)
            .Select(f => (Condition)new ProfilePropertyCondition(f.Property, f.Filter!)))),
    };

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Objects.Holds(context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Objects.NextBoundary(context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context) => Objects.Explain(context);

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => Objects.AddDependencies(dependencies);
}
