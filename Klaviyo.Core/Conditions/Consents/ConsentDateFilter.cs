namespace Klaviyo;

/// <summary>The dates that are known of a consent.</summary>
public enum ConsentDate
{
    /// <summary>When the profile was given the status that is asked for; the last time, where it was given it again.</summary>
    Status,

    /// <summary>The same, under the name that it has in permissions.</summary>
    Effective,

    /// <summary>When that was written down; here the same as <see cref="Effective"/>.</summary>
    Recorded,

    /// <summary>When the profile was suppressed by the method <c>hard_bounce</c> or <c>bounce</c>.</summary>
    Bounce,

    /// <summary>When it was suppressed by the method <c>user_suppressed</c> or <c>manual_suppression</c>, or by none.</summary>
    ManualSuppression,

    /// <summary>When it was suppressed by the method <c>invalid_email</c>.</summary>
    InvalidEmail,
}

/// <summary>Tests a date of a consent.</summary>
/// <remarks>A suppression counts as long as the profile has not subscribed after it; of several the last does.</remarks>
/// <param name="Date">Which date.</param>
/// <param name="Filter">The test of it: a date filter, or whether it is there.</param>
public sealed record ConsentDateFilter(ConsentDate Date, ValueFilter Filter) : ConsentFilter
{
    internal static readonly OperatorNames<ConsentDate> Names = new(
        ("status_date", ConsentDate.Status),
        ("effective_date", ConsentDate.Effective),
        ("recorded_date", ConsentDate.Recorded),
        ("bounce_date", ConsentDate.Bounce),
        ("manual_suppression_date", ConsentDate.ManualSuppression),
        ("invalid_email_date", ConsentDate.InvalidEmail));

    private static readonly string[] Bounces = ["hard_bounce", "bounce"];
    private static readonly string[] ByHand = ["user_suppressed", "manual_suppression", ""];
    private static readonly string[] Invalid = ["invalid_email"];

    /// <inheritdoc/>
    public override string Words => $"{Names.NameOf(Date).Replace('_', ' ')} {Filter.Words}";

    internal override bool Passes(ConsentWords said, in EvaluationContext context) => Filter.Matches(ValueOf(said), context);

    internal override Instant? NextBoundary(ConsentWords said, in EvaluationContext context) =>
        Filter.NextBoundary(ValueOf(said), context);

    private PropertyValue ValueOf(ConsentWords said)
    {
        var time = Date switch
        {
            ConsentDate.Bounce => said.SuppressedBy(Bounces),
            ConsentDate.ManualSuppression => said.SuppressedBy(ByHand),
            ConsentDate.InvalidEmail => said.SuppressedBy(Invalid),
            _ => said.Standing?.Time,
        };
        return time ?? PropertyValue.Null;
    }
}
