using System.Diagnostics;
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
    /// <summary>Gets or sets its number among all that were handed over.</summary>
    internal long Number { get; set; }

    /// <summary>Gets or sets what ends the attempt.</summary>
    internal CancellationToken Stop { get; set; }

    /// <summary>Gets or sets the turn that handed it over; null where nobody watches.</summary>
    internal Activity? Turn { get; set; }

    /// <summary>Gets or sets when the attempt began; null where it did not.</summary>
    internal Instant? Began { get; set; }

    /// <summary>Gets or sets whether the attempt is over.</summary>
    internal bool IsDone { get; set; }

    /// <summary>Gets or sets what became of it; null where there is no result, because it was ended.</summary>
    internal ChannelResult? Result { get; set; }
}
