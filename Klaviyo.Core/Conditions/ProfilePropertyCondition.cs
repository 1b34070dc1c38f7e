namespace Klaviyo;

/// <summary>Holds when a property of the profile matches a filter.</summary>
/// <param name="Property">The property.</param>
/// <param name="Filter">The test of the value that it has at T.</param>
public sealed record ProfilePropertyCondition(PropertyPath Property, ValueFilter Filter) : Condition
{
    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) =>
        Filter.Matches(Property.Of(context.History, context.At), context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        var next = Filter.NextBoundary(Property.Of(context.History, context.At), context);
        return Boundary.Earlier(next, PropertyWrites.NextAfter(Property, context));
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var value = Property.Of(context.History, context.At);
        return new Explanation($"{Property} {Filter.Words}", Filter.Matches(value, context), value, [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => dependencies.Properties.UnionWith(Property.Names);
}
