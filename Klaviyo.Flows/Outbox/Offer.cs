using Klaviyo.Channels;

namespace Klaviyo.Flows.Outbox;

/// <summary>A message on its way to a channel.</summary>
/// <param name="Lane">The lane that waits for the result.</param>
/// <param name="Slot">Where it waits.</param>
/// <param name="Run">The number of the run.</param>
/// <param name="Seq">The transition that decided it.</param>
/// <param name="Message">The message.</param>
internal sealed record Offer(int Lane, int Slot, long Run, int Seq, FlowMessage Message)
{
    /// <summary>Gets or sets when the attempt began; null where it did not.</summary>
    internal Instant? Began { get; set; }
}
