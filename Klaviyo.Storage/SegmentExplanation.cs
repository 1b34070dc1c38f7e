namespace Klaviyo;

/// <summary>Why a profile is a member of a segment or not.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Member">Whether it is a member.</param>
/// <param name="At">The evaluation instant T.</param>
/// <param name="FlipsAt">The next instant at which that changes if nothing happens; null for never, or see <see cref="NoFlipBefore"/>.</param>
/// <param name="Why">Each condition's truth, the value it saw, and its evidence.</param>
public sealed record SegmentExplanation(
    ProfileId Profile, bool Member, Instant At, Instant? FlipsAt, Explanation Why)
{
    /// <summary>Gets until when it certainly stays, where there are more instants at which it could change than are looked at.</summary>
    /// <value>Null where <see cref="FlipsAt"/> tells all.</value>
    public Instant? NoFlipBefore => Why.NoFlipBefore;
}
