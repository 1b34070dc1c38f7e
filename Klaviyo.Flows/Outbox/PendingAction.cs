using Klaviyo.Flows.State;
using Klaviyo.Flows.Timers;

namespace Klaviyo.Flows.Outbox;

/// <summary>What a message that was decided is doing. The numbers stand in the image of the state.</summary>
internal enum PendingStatus : byte
{
    /// <summary>It waits for its next attempt, or is with a channel.</summary>
    Waiting = 0,

    /// <summary>It is with a channel, and must not be sent twice.</summary>
    Begun = 1,

    /// <summary>It was not delivered and stays until somebody decides.</summary>
    DeadLetter = 2,

    /// <summary>It may have been delivered, must not be sent twice, and stays until somebody decides.</summary>
    Uncertain = 3,
}

/// <summary>A message that was decided and has no result yet.</summary>
/// <remarks>It is on its own: the run has gone on, and may have ended.</remarks>
internal struct PendingAction : ISlabItem, IOfProfile, ITimed
{
    /// <summary>The number of the run that sent it.</summary>
    internal long Run;

    /// <summary>The instant of the decision, in milliseconds: as of it the message is rendered.</summary>
    internal long AtMs;

    /// <summary>When the next attempt is due, in milliseconds.</summary>
    internal long DueMs;

    /// <summary>When the run entered, in milliseconds.</summary>
    internal long EnteredMs;

    /// <summary>The event that started the run.</summary>
    internal long Trigger;

    /// <summary>The transition of the run that decided it: with the run, what the idempotency key is made of.</summary>
    internal int Seq;

    /// <summary>The flow and version, by number.</summary>
    internal int Plan;

    /// <summary>The step, by number.</summary>
    internal int Step;

    /// <summary>How many attempts have a result.</summary>
    internal int Attempts;

    /// <summary>How many of the attempts do not count any more, because somebody had it tried anew.</summary>
    internal int Forgiven;

    /// <summary>Since when it is being tried, in milliseconds: from then on its age counts.</summary>
    internal long SinceMs;

    /// <summary>Whether an event started the run.</summary>
    internal bool HasTrigger;

    /// <summary>What it is doing.</summary>
    internal PendingStatus Status;

    /// <inheritdoc/>
    public int Ordinal { get; set; }

    /// <inheritdoc/>
    public int Next { get; set; }

    /// <inheritdoc/>
    public bool IsUsed { get; set; }

    /// <inheritdoc/>
    public bool IsArmed { get; set; }

    /// <inheritdoc/>
    int ISlabItem.NextFree
    {
        readonly get => Next;
        set => Next = value;
    }

    /// <inheritdoc/>
    int ISlabItem.PreviousFree
    {
        readonly get => Ordinal;
        set => Ordinal = value;
    }

    /// <inheritdoc/>
    readonly long ITimed.WakeTicks => DueMs - Instant.MinValue.UnixMs;

    /// <summary>Gets whether it stays until somebody decides.</summary>
    internal readonly bool Stays => Status is PendingStatus.DeadLetter or PendingStatus.Uncertain;

    /// <summary>Gets the instant of the decision.</summary>
    internal readonly Instant At => Instant.FromUnixMs(AtMs);

    /// <summary>Gets when the next attempt is due.</summary>
    internal readonly Instant Due => Instant.FromUnixMs(DueMs);

    /// <summary>Gets when the run entered.</summary>
    internal readonly Instant Entered => Instant.FromUnixMs(EnteredMs);

    /// <summary>Gets the event that started the run; null where none did.</summary>
    internal readonly EventId? TriggerId => HasTrigger ? new EventId(Trigger) : null;
}
