using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;
using Klaviyo.Flows.Timers;

namespace Klaviyo.Flows.Outbox;

/// <summary>The messages of one lane that were decided and have no result: a part of the fold of its transitions.</summary>
/// <remarks>
/// A message is armed as long as an attempt is to come. What belongs to it and lies elsewhere (variables, letters) changes only after its
/// slot was taken, or asked for to be changed: it is in the same page of an image.
/// </remarks>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed class LaneOutbox
{
    private const int None = -1;

    private readonly PlanTable _plans;
    private readonly ProfileChains<PendingAction> _byProfile;
    private readonly Dictionary<int, PropertyMap> _variables = [];
    private readonly SortedDictionary<int, (Instant At, string Reason)> _letters = [];

    internal LaneOutbox(PlanTable plans)
    {
        _plans = plans;
        _byProfile = new ProfileChains<PendingAction>(Messages);
        Timers = new DueTimers<PendingAction>(Messages);
    }

    /// <summary>Gets the messages, by slot.</summary>
    internal Slab<PendingAction> Messages { get; } = new();

    /// <summary>Gets their timers.</summary>
    internal DueTimers<PendingAction> Timers { get; }

    /// <summary>Gets how many are with a channel and must not be sent twice.</summary>
    internal int BegunCount { get; private set; }

    /// <summary>Gets those that stay until somebody decides, by slot: since when, and why.</summary>
    internal IReadOnlyDictionary<int, (Instant At, string Reason)> Letters => _letters;

    /// <summary>Gets the variables that a run had when it sent a message; null for none.</summary>
    internal PropertyMap? VariablesOf(int slot) => _variables.Count == 0 ? null : _variables.GetValueOrDefault(slot);

    /// <summary>Gets the slot of one of the messages of a profile; −1 for none.</summary>
    internal int FirstOf(int ordinal) => _byProfile.First(ordinal);

    /// <summary>Gets the slot of the next message of the same profile, in no order; −1 for none.</summary>
    internal int After(int slot) => _byProfile.After(slot);

    /// <summary>Gets the slot of the message that a run of a profile sent with its transition of a number; −1 where it is gone.</summary>
    internal int Find(int ordinal, long run, int seq)
    {
        for (var slot = FirstOf(ordinal); slot != None; slot = After(slot))
        {
            if (Messages[slot].Run == run && Messages[slot].Seq == seq)
            {
                return slot;
            }
        }

        return None;
    }

    /// <summary>Adds the message of a run that sends one.</summary>
    /// <param name="transition">The transition of the run.</param>
    /// <param name="run">The run before it.</param>
    /// <param name="variables">The variables of the run; null for none.</param>
    /// <exception cref="InvalidDataException">The transition does not follow from the state.</exception>
    internal void Add(in Transition transition, in Run run, PropertyMap? variables)
    {
        if (Messages.IsUsed(transition.Message))
        {
            throw transition.Misplaced($"the message slot {transition.Message} is in use");
        }

        ref var message = ref Messages.Take(transition.Message);
        message.Run = run.Number;
        message.Seq = transition.Seq;
        message.Ordinal = run.Ordinal;
        message.Plan = run.Plan;
        message.Step = run.Step;
        message.HasTrigger = run.HasTrigger;
        message.Trigger = run.Trigger;
        message.EnteredMs = run.EnteredMs;
        message.AtMs = message.DueMs = message.SinceMs = transition.At.UnixMs;
        if (variables is { Count: > 0 })
        {
            _variables[transition.Message] = variables;
        }

        _byProfile.Add(transition.Message);
        Timers.Arm(transition.Message);
    }

    /// <summary>Takes up a message that was saved.</summary>
    internal void Restore(int slot, in PendingAction message, PropertyMap? variables, (Instant At, string Reason) letter)
    {
        ref var taken = ref Messages.Take(slot);
        taken = message;
        taken.IsUsed = true;
        if (variables is not null)
        {
            _variables[slot] = variables;
        }

        _byProfile.Add(slot);
        Time(slot, letter);
    }

    /// <summary>Makes sure that a result is the next one of its message.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    internal void ThrowUnlessNext(in Transition result)
    {
        if (!Messages.IsUsed(result.Slot))
        {
            throw result.Misplaced("there is no message in the slot");
        }

        ref readonly var message = ref Messages[result.Slot];
        if (message.Run != result.Run || message.Attempts + 1 != result.Seq || message.Step != result.From)
        {
            throw result.Misplaced($"the message of run {message.Run} has had {message.Attempts} attempts");
        }

        if (message.Stays != (result.Kind is DecisionKind.Requeue or DecisionKind.Drop))
        {
            throw result.Misplaced($"the message of run {message.Run} is {message.Status}");
        }
    }

    /// <summary>Takes in the next result of a message.</summary>
    internal void Apply(in Transition result)
    {
        ref var message = ref Messages.Change(result.Slot);
        _plans.TallyOf(message.Plan, message.Step).Count(result);
        BegunCount -= message.Status == PendingStatus.Begun ? 1 : 0;
        switch (result.Kind)
        {
            case DecisionKind.Begin:
                message.Status = PendingStatus.Begun;
                break;
            case DecisionKind.Retry:
                message.Attempts++;
                (message.Status, message.DueMs) = (PendingStatus.Waiting, result.Due.UnixMs);
                break;
            case DecisionKind.DeadLetter:
            case DecisionKind.Uncertain:
                message.Attempts++;
                message.Status = result.Kind == DecisionKind.Uncertain ? PendingStatus.Uncertain : PendingStatus.DeadLetter;
                break;
            case DecisionKind.Requeue:
                (message.Status, message.DueMs) = (PendingStatus.Waiting, result.Due.UnixMs);
                (message.Forgiven, message.SinceMs) = (message.Attempts, result.At.UnixMs);
                break;
            default:
                message.Status = PendingStatus.Waiting;
                End(result.Slot);
                return;
        }

        Time(result.Slot, (result.At, result.Detail ?? ""));
    }

    /// <summary>Gives the messages of a profile to the one that it was merged into.</summary>
    internal void Merge(int source, int destination)
    {
        for (var slot = FirstOf(source); slot != None; slot = FirstOf(source))
        {
            _byProfile.Remove(slot);
            Messages.Change(slot).Ordinal = destination;
            _byProfile.Add(slot);
        }
    }

    /// <summary>Drops the messages of a profile. What was counted stays counted.</summary>
    internal void Erase(int ordinal)
    {
        for (var slot = FirstOf(ordinal); slot != None; slot = FirstOf(ordinal))
        {
            ref readonly var message = ref Messages[slot];
            _plans.TallyOf(message.Plan, message.Step).CountErasedMessage();
            End(slot);
        }
    }

    private void Time(int slot, (Instant At, string Reason) letter)
    {
        ref readonly var message = ref Messages[slot];
        BegunCount += message.Status == PendingStatus.Begun ? 1 : 0;
        if (message.Stays)
        {
            _letters[slot] = letter;
        }
        else if (_letters.Count > 0)
        {
            _letters.Remove(slot);
        }

        if (message.Status == PendingStatus.Waiting)
        {
            Timers.Arm(slot);
        }
        else
        {
            Timers.Disarm(slot);
        }
    }

    private void End(int slot)
    {
        BegunCount -= Messages.Change(slot).Status == PendingStatus.Begun ? 1 : 0;
        _variables.Remove(slot);
        _letters.Remove(slot);
        Timers.Disarm(slot);
        _byProfile.Remove(slot);
        Messages.Free(slot);
    }
}
