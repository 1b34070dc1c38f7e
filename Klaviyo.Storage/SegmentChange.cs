namespace Klaviyo;

/// <summary>A profile entered a segment or left it.</summary>
/// <param name="Segment">The name of the segment.</param>
/// <param name="Profile">Who; the id that the profile had then.</param>
/// <param name="Entered">True where it entered, false where it left.</param>
/// <param name="At">
/// When: the clock's time at which the write was accepted that did it, or the exact instant at which an event entered or left
/// a window, a date was reached, a duration was full.
/// </param>
/// <param name="Cause">What did it.</param>
/// <param name="Next">Where a later subscription goes on behind this change.</param>
public sealed record SegmentChange(
    string Segment, ProfileId Profile, bool Entered, Instant At, SegmentChangeCause Cause, StorePosition Next);

/// <summary>What made a profile enter or leave a segment. A number, once used, keeps its meaning for ever.</summary>
public enum SegmentChangeCause
{
    /// <summary>Something was written.</summary>
    Write = 0,

    /// <summary>Time passed.</summary>
    Time = 1,

    /// <summary>The segment, or one that it asks for, was defined: those who were in it already, or are no more.</summary>
    Definition = 2,

    /// <summary>The profile was merged into another, and left every segment as itself; or the merge was undone.</summary>
    Merge = 3,

    /// <summary>The profile was erased. It leaves every segment, also those that it was not in; nothing else is told of it any more.</summary>
    Erase = 4,

    /// <summary>History was imported: events that are a backfill.</summary>
    Backfill = 5,
}
