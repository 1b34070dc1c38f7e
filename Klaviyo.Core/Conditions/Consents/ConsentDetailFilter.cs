namespace Klaviyo;

/// <summary>What Klaviyo keeps of a consent and a <see cref="Consent"/> does not.</summary>
public enum ConsentDetail
{
    /// <summary>Whether the profile confirmed its subscription: <c>double_optin</c>.</summary>
    DoubleOptIn,

    /// <summary>What the host named as the source: <c>custom_method_detail</c>.</summary>
    CustomSource,

    /// <summary>Whether the profile's phone takes rich messages: <c>is_rcs_capable</c>.</summary>
    RcsCapable,
}

/// <summary>Tests a detail of a consent, which is read where Klaviyo's profiles have it.</summary>
/// <remarks>
/// The detail is a property of the profile, e.g. <c>subscriptions['email']['marketing']['double_optin']</c>: write it there.
/// </remarks>
/// <param name="Detail">Which detail.</param>
/// <param name="Filter">The test of it.</param>
public sealed record ConsentDetailFilter(ConsentDetail Detail, ValueFilter Filter) : ConsentFilter
{
    internal static readonly OperatorNames<ConsentDetail> Names = new(
        ("is_double_opt_in", ConsentDetail.DoubleOptIn),
        ("custom_source", ConsentDetail.CustomSource),
        ("is_rcs_capable", ConsentDetail.RcsCapable));

    private static readonly OperatorNames<ConsentDetail> Fields = new(
        ("double_optin", ConsentDetail.DoubleOptIn),
        ("custom_method_detail", ConsentDetail.CustomSource),
        ("is_rcs_capable", ConsentDetail.RcsCapable));

    /// <inheritdoc/>
    public override string Words => $"{Names.NameOf(Detail).Replace('_', ' ')} {Filter.Words}";

    internal override bool Passes(ConsentWords said, in EvaluationContext context) =>
        Filter.Matches(PathIn(said.Channel).Of(context.History, context.At), context);

    internal override Instant? NextBoundary(ConsentWords said, in EvaluationContext context)
    {
        var path = PathIn(said.Channel);
        return Boundary.Earlier(
            PropertyWrites.NextAfter(path, context), Filter.NextBoundary(path.Of(context.History, context.At), context));
    }

    internal override void AddDependencies(string channel, DependencySet dependencies) =>
        dependencies.Properties.UnionWith(PathIn(channel).Names);

    private PropertyPath PathIn(string channel) => new($"subscriptions['{channel}']['marketing']['{Fields.NameOf(Detail)}']");
}
