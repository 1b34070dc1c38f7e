namespace Klaviyo.Flows.Interpreter;

/// <summary>One walk of one profile through a flow: all that the engine knows of it.</summary>
internal struct Run
{
    /// <summary>The number of the run in its lane; never used again.</summary>
    internal long Number;

    /// <summary>When it is to be woken, in milliseconds: the end of a delay, or the instant at which it stands.</summary>
    internal long DueMs;

    /// <summary>When it entered, in milliseconds.</summary>
    internal long EnteredMs;

    /// <summary>The event that started it.</summary>
    internal long Trigger;

    /// <summary>The profile.</summary>
    internal int Ordinal;

    /// <summary>The flow, by number.</summary>
    internal int Flow;

    /// <summary>The version of the flow, which the run keeps.</summary>
    internal int Version;

    /// <summary>The step on which it stands, by number; meaningless before it entered.</summary>
    internal int Step;

    /// <summary>How many transitions it has made. Each raises it by exactly one.</summary>
    internal int Seq;

    /// <summary>The next and the previous run of the profile, by slot; −1 for none.</summary>
    internal int Next;
    internal int Previous;

    /// <summary>What it is doing.</summary>
    internal RunStatus Status;

    /// <summary>Whether an event started it.</summary>
    internal bool HasTrigger;

    /// <summary>Gets when it is to be woken.</summary>
    internal readonly Instant Due => Instant.FromUnixMs(DueMs);

    /// <summary>Gets when it entered.</summary>
    internal readonly Instant Entered => Instant.FromUnixMs(EnteredMs);
}
