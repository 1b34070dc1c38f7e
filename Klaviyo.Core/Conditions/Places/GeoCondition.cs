namespace Klaviyo;

/// <summary>Holds when a profile is in an area.</summary>
/// <remarks>
/// Our addition, <c>geo</c>. Coordinates are numbers, or text that is one; where one is missing or none, the condition does
/// not hold.
/// </remarks>
/// <param name="Area">The area.</param>
public sealed record GeoCondition(GeoArea Area) : Condition
{
    /// <summary>Gets the property with the latitude.</summary>
    /// <value>The default is <c>location['latitude']</c>.</value>
    public PropertyPath Latitude { get; init; } = ProfilePlace.Latitude;

    /// <summary>Gets the property with the longitude.</summary>
    /// <value>The default is <c>location['longitude']</c>.</value>
    public PropertyPath Longitude { get; init; } = ProfilePlace.Longitude;

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) =>
        ProfilePlace.Of(Latitude, Longitude, context) is { } place && Area.Contains(place);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => PropertyWrites.NextAfter([Latitude, Longitude], context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        PropertyValue value = ProfilePlace.Of(Latitude, Longitude, context) is { } place
            ? (PropertyValue)new PropertyValue[] { place.Latitude, place.Longitude }
            : default;
        return new Explanation($"is {Area}", Holds(context), value, [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => PropertyWrites.AddTo(dependencies, [Latitude, Longitude]);
}
