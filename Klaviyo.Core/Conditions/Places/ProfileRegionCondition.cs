namespace Klaviyo;

/// <summary>The regions of <see cref="ProfileRegionCondition"/>.</summary>
public enum Region
{
    /// <summary>The 27 members, with the parts of them that have a country code of their own, e.g. <c>RE</c> or <c>AX</c>.</summary>
    EuropeanUnion,

    /// <summary>The states and the territories, e.g. <c>PR</c>.</summary>
    UnitedStates,
}

/// <summary>Holds when a profile's country is in a region, or is not.</summary>
/// <remarks>
/// The country is <c>location['country']</c>, a name or a code (see <see cref="Countries"/>). Where it is missing or not known,
/// the profile is in no region, so "not in" holds.
/// </remarks>
/// <param name="InRegion">False asks for the complement.</param>
/// <param name="Region">The region.</param>
public sealed record ProfileRegionCondition(bool InRegion, Region Region) : Condition
{
    internal static readonly OperatorNames<Region> Names = new(
        ("european_union", Region.EuropeanUnion), ("united_states", Region.UnitedStates));

    private static readonly string[] EuropeanUnion =
    [
        "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL",
        "PL", "PT", "RO", "SK", "SI", "ES", "SE", "AX", "GF", "GP", "MF", "MQ", "RE", "YT",
    ];

    private static readonly string[] UnitedStates = ["US", "AS", "GU", "MP", "PR", "UM", "VI"];

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) =>
        (ProfilePlace.CountryCode(context) is { } country && Members.Contains(country)) == InRegion;

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => PropertyWrites.NextAfter(ProfilePlace.OfCountry, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = $"is {(InRegion ? "" : "not ")}in the {(Region == Region.EuropeanUnion ? "European Union" : "United States")}";
        return new Explanation(words, Holds(context), ProfilePlace.CountryCode(context), [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => PropertyWrites.AddTo(dependencies, ProfilePlace.OfCountry);

    private string[] Members => Region switch
    {
        Region.EuropeanUnion => EuropeanUnion,
        Region.UnitedStates => UnitedStates,
        _ => throw new InvalidOperationException($"Unknown region {Region}."),
    };
}
