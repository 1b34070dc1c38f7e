using System.Diagnostics;
using System.Runtime.InteropServices;
using Klaviyo.Flows.State;
using Klaviyo.Flows.Timers;

namespace Klaviyo.Flows.Interpreter;

/// <summary>One walk of one profile through a flow: all that the engine knows of it, in 44 bytes.</summary>
/// <remarks>
/// An instant takes 49 bits of a number, as milliseconds since the first one that there is; the lowest 15 bits hold something
/// small. What only some runs keep is in <see cref="RunDetail"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct Run : ISlabItem, IOfProfile, ITimed
{
    /// <summary>The highest number of a step.</summary>
    internal const int StepMax = SmallMask - 1;

    private const int SmallBits = 15;
    private const int SmallMask = (1 << SmallBits) - 1;
    private const int NumberBits = 40;
    private const long NumberMask = (1L << NumberBits) - 1;
    private const int StatusMask = 15;
    private const int UsedFlag = 16;
    private const int ArmedFlag = 32;
    private const int TriggerFlag = 64;
    private const int DetailFlag = 128;
    private const int WhichShift = 8;
    private const int WhichMask = FlowDefinition.TriggersMax - 1;
    private const int HistoryFlag = 1 << 14;

    private long _numberAndPlan;
    private long _dueAndStep;
    private long _enteredAndFlags;

    /// <summary>The event that started it.</summary>
    internal long Trigger;

    private int _ordinal;
    private int _next;

    /// <summary>How many transitions it has made. Each raises it by exactly one.</summary>
    internal int Seq;

    /// <summary>Gets or sets the number of the run in its lane; never used again.</summary>
    internal long Number
    {
        readonly get => _numberAndPlan & NumberMask;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, NumberMask);
            _numberAndPlan = (_numberAndPlan & ~NumberMask) | value;
        }
    }

    /// <summary>Gets or sets the flow and version, which the run keeps: a number in <see cref="PlanTable"/>.</summary>
    internal int Plan
    {
        readonly get => (int)(_numberAndPlan >>> NumberBits);
        set => _numberAndPlan = (_numberAndPlan & NumberMask) | ((long)value << NumberBits);
    }

    /// <inheritdoc/>
    public int Ordinal
    {
        readonly get => _ordinal;
        set => _ordinal = value;
    }

    /// <inheritdoc/>
    public int Next
    {
        readonly get => _next;
        set => _next = value;
    }

    /// <summary>
    /// Gets or sets when it is to be woken, in milliseconds: the end of a delay, or the instant at which it stands; of one that
    /// awaits something, when it is asked again, which may be before <see cref="RunDetail.Due"/>.
    /// </summary>
    internal long DueMs
    {
        readonly get => (_dueAndStep >>> SmallBits) + Instant.MinValue.UnixMs;
        set => _dueAndStep = ((value - Instant.MinValue.UnixMs) << SmallBits) | (_dueAndStep & SmallMask);
    }

    /// <summary>Gets or sets when it entered, in milliseconds; before that, when what triggered it happened.</summary>
    internal long EnteredMs
    {
        readonly get => (_enteredAndFlags >>> SmallBits) + Instant.MinValue.UnixMs;
        set => _enteredAndFlags = ((value - Instant.MinValue.UnixMs) << SmallBits) | (_enteredAndFlags & SmallMask);
    }

    /// <summary>Gets or sets the step on which it stands, by number; −1 before it entered.</summary>
    internal int Step
    {
        readonly get => (int)(_dueAndStep & SmallMask) - 1;
        set
        {
            Debug.Assert(value is >= -1 and <= StepMax, "A definition has no such step.");
            _dueAndStep = (_dueAndStep & ~(long)SmallMask) | (uint)(value + 1);
        }
    }

    /// <summary>Gets or sets what it is doing.</summary>
    internal RunStatus Status
    {
        readonly get => (RunStatus)(_enteredAndFlags & StatusMask);
        set => _enteredAndFlags = (_enteredAndFlags & ~(long)StatusMask) | (uint)value;
    }

    /// <inheritdoc/>
    public bool IsUsed
    {
        readonly get => Has(UsedFlag);
        set => Set(UsedFlag, value);
    }

    /// <inheritdoc/>
    public bool IsArmed
    {
        readonly get => Has(ArmedFlag);
        set => Set(ArmedFlag, value);
    }

    /// <summary>Gets or sets whether an event started it.</summary>
    internal bool HasTrigger
    {
        readonly get => Has(TriggerFlag);
        set => Set(TriggerFlag, value);
    }

    /// <summary>Gets or sets whether it keeps anything besides.</summary>
    internal bool HasDetail
    {
        readonly get => Has(DetailFlag);
        set => Set(DetailFlag, value);
    }

    /// <summary>Gets or sets whether it was started from history, as of an instant that had passed.</summary>
    internal bool IsOfHistory
    {
        readonly get => Has(HistoryFlag);
        set => Set(HistoryFlag, value);
    }

    /// <inheritdoc/>
    int ISlabItem.NextFree
    {
        readonly get => _next;
        set => _next = value;
    }

    /// <inheritdoc/>
    int ISlabItem.PreviousFree
    {
        readonly get => _ordinal;
        set => _ordinal = value;
    }

    /// <inheritdoc/>
    readonly long ITimed.WakeTicks => _dueAndStep >>> SmallBits;

    /// <summary>Gets or sets which of the triggers of its version started it, by number.</summary>
    internal int Which
    {
        readonly get => (int)((_enteredAndFlags >> WhichShift) & WhichMask);
        set => _enteredAndFlags = (_enteredAndFlags & ~((long)WhichMask << WhichShift)) | ((long)(value & WhichMask) << WhichShift);
    }

    /// <summary>Gets when it is to be woken.</summary>
    internal readonly Instant Due => Instant.FromUnixMs(DueMs);

    /// <summary>Gets when it entered.</summary>
    internal readonly Instant Entered => Instant.FromUnixMs(EnteredMs);

    /// <summary>Gets the event that started it; null where none did.</summary>
    internal readonly EventId? TriggerId => HasTrigger ? new EventId(Trigger) : null;

    /// <summary>Gets its place among the runs of a profile that are due at one instant: who entered earlier comes first.</summary>
    /// <remarks>The number alone would not do: which run of a clock is made first depends on when the turns come.</remarks>
    internal readonly (long EnteredMs, int Which, long Number) Place => (EnteredMs, Which, Number);

    /// <summary>Makes the run that a trigger starts.</summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="plan">The flow and version, by number.</param>
    internal static Run Of(in Transition trigger, int plan)
    {
        var start = trigger.Start;
        return new Run
        {
            IsUsed = true,
            Number = trigger.Run,
            Plan = plan,
            Seq = trigger.Seq,
            Ordinal = start.Ordinal,
            Step = -1,
            HasTrigger = start.Trigger is not null,
            Which = start.Which,
            IsOfHistory = start.IsOfHistory,
            Trigger = start.Trigger?.Value ?? 0,
            EnteredMs = trigger.At.UnixMs,
            DueMs = trigger.Due.UnixMs,
            Status = RunStatus.Triggered,
        };
    }

    /// <summary>Tells whether the run has more to do at an instant: it rests only when it waits for a later one.</summary>
    internal readonly bool IsReady(Instant at) => Status is RunStatus.Ready or RunStatus.Sent || (Status == RunStatus.Waiting && Due <= at);

    /// <summary>Moves the run to where a transition leaves it. Not for the last one.</summary>
    internal void Move(in Transition transition)
    {
        Seq = transition.Seq;
        Step = transition.To;
        Status = transition.Kind switch
        {
            DecisionKind.Wait => RunStatus.Waiting,
            DecisionKind.Await or DecisionKind.Queue => RunStatus.Awaiting,
            DecisionKind.Park => RunStatus.Parked,
            DecisionKind.Migrate => transition.Migration.Status,
            DecisionKind.Send when transition.To == transition.From => RunStatus.Sending,
            _ => RunStatus.Ready,
        };
        DueMs = (Status is RunStatus.Waiting or RunStatus.Awaiting ? transition.Due : transition.At).UnixMs;
        EnteredMs = transition.Kind == DecisionKind.Enter ? transition.At.UnixMs : EnteredMs;
    }

    /// <summary>Notes what became of the message for which the run stands, or that it is tried again, for which the run then stands anew.</summary>
    internal void Hear(in Transition result)
    {
        if (result.Kind == DecisionKind.Requeue)
        {
            Status = RunStatus.Sending;
            return;
        }

        Status = result.Kind is DecisionKind.Fail or DecisionKind.DeadLetter or DecisionKind.Uncertain ? RunStatus.Unsent : RunStatus.Sent;
        DueMs = result.At.UnixMs;
    }

    private readonly bool Has(int flag) => (_enteredAndFlags & flag) != 0;

    private void Set(int flag, bool value) => _enteredAndFlags = value ? _enteredAndFlags | (uint)flag : _enteredAndFlags & ~(long)flag;
}
