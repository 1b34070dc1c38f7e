namespace Klaviyo;

/// <summary>Holds when a profile is so far from the place of a postal code, or so near to it.</summary>
/// <remarks>
/// <para>A profile is at <c>location['latitude']</c> and <c>location['longitude']</c>, else at the place of
/// <c>location['zip']</c> in <c>location['country']</c>.</para>
/// <para>Where postal codes are, only the host knows: see <see cref="PostalCodes"/>. While the place of the code or of the
/// profile is not known there is no distance, and the condition does not hold; its explanation says so.</para>
/// </remarks>
public sealed record PostalCodeDistanceCondition : Condition
{
    private readonly Unseen<IPostalCodes> _postalCodes;

    /// <summary>Gets the country of the postal code, two letters.</summary>
    public required string CountryCode { get; init; }

    /// <summary>Gets the postal code.</summary>
    public required string PostalCode { get; init; }

    /// <summary>Gets the unit of the distance.</summary>
    public DistanceUnit Unit { get; init; }

    /// <summary>Gets the test of the distance.</summary>
    public required NumberFilter Distance { get; init; }

    /// <summary>Gets where postal codes are.</summary>
    /// <value>Null knows none. It is no part of what the definition says: conditions are equal without regard to it.</value>
    public IPostalCodes? PostalCodes
    {
        get => _postalCodes.Value;
        init => _postalCodes = new(value);
    }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Measured(context) is { } distance && Distance.Matches(distance);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => PropertyWrites.NextAfter(ProfilePlace.All, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var distance = Measured(context);
        var words = $"distance in {DistanceUnits.Names.NameOf(Unit)} from {CountryCode} {PostalCode} {Distance.Words}";
        words += Center is null ? " (where that is, is not known here)" : distance is null ? " (where the profile is, is not known)" : "";
        return new Explanation(words, Holds(context), distance ?? PropertyValue.Null, [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => PropertyWrites.AddTo(dependencies, ProfilePlace.All);

    private GeoPoint? Center =>
        PostalCodes is not null ? ProfilePlace.Of(PostalCodes, Countries.CodeOf(CountryCode) ?? CountryCode, PostalCode) : null;

    private double? Measured(in EvaluationContext context)
    {
        return Center is { } center && ProfilePlace.Of(PostalCodes, context) is { } place
            ? DistanceUnits.FromKm(center.KilometersTo(place), Unit)
            : null;
    }
}
