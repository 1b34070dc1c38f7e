namespace Klaviyo;

/// <summary>Tests the way in which a consent was given.</summary>
/// <remarks>
/// A consent's method may have a detail behind a colon, e.g. the form: <c>form:Y6nRLr</c> is the method <c>form</c> with the
/// detail <c>Y6nRLr</c>.
/// </remarks>
/// <param name="Method">The method, without a detail.</param>
/// <param name="Detail">The test of the detail; null for any.</param>
public sealed record ConsentMethodFilter(string Method, StringFilter? Detail) : ConsentFilter
{
    /// <summary>Creates a filter on the method alone.</summary>
    public ConsentMethodFilter(string method)
        : this(method, null)
    {
    }

    /// <inheritdoc/>
    public override string Words => $"by '{Method}'{(Detail is null ? "" : $" whose detail {Detail.Words}")}";

    internal Unseen<string> Nothing { get; init; }

    internal override bool Passes(ConsentWords said, in EvaluationContext context)
    {
        if (said.Standing?.Method is not { } method)
        {
            return false;
        }

        var colon = method.IndexOf(':', StringComparison.Ordinal);
        var (name, detail) = colon < 0 ? (method, (string?)null) : (method[..colon], method[(colon + 1)..]);
        return string.Equals(name, Method, StringComparison.Ordinal) && (Detail is null || Detail.Matches(detail, context));
    }

    internal override Instant? NextBoundary(ConsentWords said, in EvaluationContext context) => null;
}
