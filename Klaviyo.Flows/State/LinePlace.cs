namespace Klaviyo.Flows.State;

/// <summary>A place in a line: who came earlier goes first; of one millisecond the older profile, and of it who entered earlier.</summary>
/// <param name="AtMs">When the run came onto its step, or the attempt of the message was due, in milliseconds.</param>
/// <param name="Lane">The lane.</param>
/// <param name="Ordinal">The profile; −1 for messages, which were decided before.</param>
/// <param name="EnteredMs">When the run entered.</param>
/// <param name="Which">The trigger that started the run; of a message, the transition that decided it.</param>
/// <param name="Number">The number of the run.</param>
/// <param name="Slot">Where the run or the message is.</param>
internal readonly record struct LinePlace(long AtMs, int Lane, int Ordinal, long EnteredMs, int Which, long Number, int Slot)
    : IComparable<LinePlace>
{
    /// <summary>Gets whether a message stands here, not a run.</summary>
    internal bool IsMessage => Ordinal < 0;

    /// <inheritdoc/>
    public int CompareTo(LinePlace other)
    {
        return (AtMs, IsMessage ? 0 : 1, Lane, Ordinal, EnteredMs, Which, Number).CompareTo(
            (other.AtMs, other.IsMessage ? 0 : 1, other.Lane, other.Ordinal, other.EnteredMs, other.Which, other.Number));
    }
}
