using System.Buffers;
using System.Globalization;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Outbox;
using Klaviyo.Storage.Timers;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flow state of one lane: the fold of its transitions.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Nothing but <see cref="Apply"/>, <see cref="Merge"/> and <see cref="Erase"/> changes it, live and in replay alike.</item>
/// <item>Each transition of a run has the number after the last one, and begins where the last one ended; each result of a
/// message has the number after its last one. Anything else is damage, and throws.</item>
/// <item>A run is on the wheel exactly as long as it exists, a message as long as it has no result; both wheels are derived,
/// so whoever takes something off one and does not apply a transition puts it back.</item>
/// </list>
/// </remarks>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed class LaneState
{
    private const int None = -1;

    private readonly Dictionary<(int Flow, int Ordinal), long> _entries = [];
    private readonly SortedDictionary<(int Flow, int Version, int Step), Tally> _tallies = [];
    private readonly Dictionary<int, RunDetail> _details = [];
    private readonly Dictionary<int, PropertyMap> _variables = [];
    private int[] _firstOfProfile = [];

    /// <summary>Gets the runs under way, by slot.</summary>
    internal Slab<Run> Runs { get; } = new();

    /// <summary>Gets the messages without a result, by slot.</summary>
    internal Slab<PendingAction> Messages { get; } = new();

    /// <summary>Gets the timers of the runs, by slot.</summary>
    internal TimerWheel RunTimers { get; } = new();

    /// <summary>Gets the timers of the messages, by slot.</summary>
    internal TimerWheel MessageTimers { get; } = new();

    /// <summary>Gets how many runs await something.</summary>
    internal int AwaitingCount { get; private set; }

    /// <summary>Gets what runs keep besides, by slot, of those that keep anything.</summary>
    internal IReadOnlyDictionary<int, RunDetail> Details => _details;

    /// <summary>Gets the number that the next run gets.</summary>
    internal long NextRun { get; private set; } = 1;

    /// <summary>Gets when a profile last entered a flow; null if never.</summary>
    internal Instant? LastEntry(int flow, int ordinal) =>
        _entries.TryGetValue((flow, ordinal), out var ms) ? Instant.FromUnixMs(ms) : null;

    /// <summary>Gets what a run keeps besides; null where it keeps nothing.</summary>
    internal RunDetail? DetailOf(int slot) => _details.Count == 0 ? null : _details.GetValueOrDefault(slot);

    /// <summary>Gets the variables that a run had when it sent a message; null for none.</summary>
    internal PropertyMap? VariablesOfMessage(int slot) => _variables.Count == 0 ? null : _variables.GetValueOrDefault(slot);

    /// <summary>Gets the slot of one of the runs of a profile, whose <see cref="Run.Next"/> leads to the others; −1 for none.</summary>
    internal int FirstRunOf(int ordinal) => ordinal < _firstOfProfile.Length ? _firstOfProfile[ordinal] : None;

    /// <summary>Gets the slots of the runs of a profile, in no order.</summary>
    internal IEnumerable<int> RunsOf(int ordinal)
    {
        for (var slot = FirstRunOf(ordinal); slot != None; slot = Runs[slot].Next)
        {
            yield return slot;
        }
    }

    /// <summary>Gets the counts of each step of each version of a flow; step −1 is the way in.</summary>
    internal IEnumerable<(int Version, int Step, Tally Tally)> Tallies(int flow) =>
        _tallies.Where(t => t.Key.Flow == flow).Select(t => (t.Key.Version, t.Key.Step, t.Value));

    /// <summary>Takes a transition in.</summary>
    /// <exception cref="InvalidDataException">The transition does not follow from the state.</exception>
    internal void Apply(in Transition transition)
    {
        if (transition.IsResult)
        {
            ApplyResult(transition);
        }
        else if (transition.Kind == DecisionKind.Trigger)
        {
            ApplyTrigger(transition);
        }
        else
        {
            ApplyMove(transition);
        }
    }

    /// <summary>Gives the runs, messages and entries of a profile to the one that it was merged into.</summary>
    internal void Merge(int source, int destination)
    {
        foreach (var slot in RunsOf(source).Order().ToArray())
        {
            Unlink(slot);
            Runs[slot].Ordinal = destination;
            Link(slot);
        }

        for (var slot = 0; slot < Messages.End; slot++)
        {
            if (Messages.IsUsed(slot) && Messages[slot].Ordinal == source)
            {
                Messages[slot].Ordinal = destination;
            }
        }

        foreach (var (flow, _) in _entries.Keys.Where(k => k.Ordinal == source).ToArray())
        {
            _entries.Remove((flow, source), out var ms);
            _entries[(flow, destination)] = Math.Max(ms, _entries.GetValueOrDefault((flow, destination), long.MinValue));
        }
    }

    /// <summary>Ends the runs of a profile and drops its messages and entries. What was counted stays counted.</summary>
    internal void Erase(int ordinal)
    {
        foreach (var slot in RunsOf(ordinal).ToArray())
        {
            ref readonly var run = ref Runs[slot];
            TallyOf(run.Flow, run.Version, run.Step).CountErasedRun();
            EndRun(slot);
        }

        for (var slot = 0; slot < Messages.End; slot++)
        {
            if (Messages.IsUsed(slot) && Messages[slot].Ordinal == ordinal)
            {
                ref readonly var message = ref Messages[slot];
                TallyOf(message.Flow, message.Version, message.Step).CountErasedMessage();
                EndMessage(slot);
            }
        }

        foreach (var key in _entries.Keys.Where(k => k.Ordinal == ordinal).ToArray())
        {
            _entries.Remove(key);
        }
    }

    /// <summary>Writes the state; the same bytes for the same state.</summary>
    internal void Save(IBufferWriter<byte> image) => LaneImage.Save(this, _entries, _tallies, _variables, new ByteWriter(image));

    /// <summary>Reads what <see cref="Save"/> wrote into an empty state.</summary>
    internal void Load(ReadOnlySpan<byte> image)
    {
        var reader = new ByteReader(image);
        NextRun = LaneImage.Load(this, _entries, _tallies, _variables, ref reader);
        reader.ThrowUnlessEnd();
    }

    /// <summary>Takes up a run that was saved.</summary>
    internal void Restore(int slot, in Run run, RunDetail? detail)
    {
        Runs.Take(slot) = run;
        Keep(slot, detail);
        AwaitingCount += run.Status == RunStatus.Awaiting ? 1 : 0;
        Link(slot);
        RunTimers.Arm(slot, run.Due);
    }

    /// <summary>Takes up a message that was saved.</summary>
    internal void Restore(int slot, in PendingAction message)
    {
        Messages.Take(slot) = message;
        MessageTimers.Arm(slot, message.Due);
    }

    private static InvalidDataException Damage(in Transition transition, string what)
    {
        return new InvalidDataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{transition.Kind} {transition.Seq} of run {transition.Run} in slot {transition.Slot}: {what}."));
    }

    private void ApplyTrigger(in Transition transition)
    {
        if (Runs.IsUsed(transition.Slot) || transition.Run != NextRun || transition.Seq != 1)
        {
            throw Damage(transition, $"the slot is in use, or the next run is {NextRun}");
        }

        NextRun++;
        ref var run = ref Runs.Take(transition.Slot);
        run = Run.Of(transition);
        Link(transition.Slot);
        RunTimers.Arm(transition.Slot, transition.Due);
        TallyOf(run.Flow, run.Version, FlowGraph.End).Count(transition);
    }

    private void ApplyMove(in Transition transition)
    {
        if (!Runs.IsUsed(transition.Slot))
        {
            throw Damage(transition, "there is no run in the slot");
        }

        ref var run = ref Runs[transition.Slot];
        if (run.Number != transition.Run || run.Seq + 1 != transition.Seq || run.Step != transition.From)
        {
            throw Damage(transition, $"run {run.Number} made {run.Seq} transitions and stands on step {run.Step}");
        }

        TallyOf(run.Flow, run.Version, run.Step).Count(transition);
        if (transition.Kind == DecisionKind.Enter)
        {
            _entries[(run.Flow, run.Ordinal)] = transition.At.UnixMs;
        }
        else if (transition.Kind == DecisionKind.Send)
        {
            AddMessage(transition, run);
        }

        if (transition.To == FlowGraph.End)
        {
            EndRun(transition.Slot);
            return;
        }

        if (_details.Count > 0 || transition.Kind == DecisionKind.Await || transition.Variables is not null)
        {
            Keep(transition.Slot, RunDetail.Next(DetailOf(transition.Slot), run.Status, transition));
        }

        AwaitingCount -= run.Status == RunStatus.Awaiting ? 1 : 0;
        run.Move(transition);
        AwaitingCount += run.Status == RunStatus.Awaiting ? 1 : 0;
        RunTimers.Arm(transition.Slot, run.Due);
    }

    private void Keep(int slot, RunDetail? detail)
    {
        if (detail is not null)
        {
            _details[slot] = detail;
        }
        else
        {
            _details.Remove(slot);
        }
    }

    private void EndRun(int slot)
    {
        AwaitingCount -= Runs[slot].Status == RunStatus.Awaiting ? 1 : 0;
        _details.Remove(slot);
        RunTimers.Cancel(slot);
        Unlink(slot);
        Runs.Free(slot);
    }

    private void EndMessage(int slot)
    {
        _variables.Remove(slot);
        MessageTimers.Cancel(slot);
        Messages.Free(slot);
    }

    private void AddMessage(in Transition transition, in Run run)
    {
        if (Messages.IsUsed(transition.Message))
        {
            throw Damage(transition, $"the message slot {transition.Message} is in use");
        }

        ref var message = ref Messages.Take(transition.Message);
        message.Run = run.Number;
        message.Seq = transition.Seq;
        message.Ordinal = run.Ordinal;
        message.Flow = run.Flow;
        message.Version = run.Version;
        message.Step = run.Step;
        message.HasTrigger = run.HasTrigger;
        message.Trigger = run.Trigger;
        message.EnteredMs = run.EnteredMs;
        message.AtMs = message.DueMs = transition.At.UnixMs;
        if (DetailOf(transition.Slot) is { Variables.Count: > 0 } detail)
        {
            _variables[transition.Message] = detail.Variables;
        }

        MessageTimers.Arm(transition.Message, transition.At);
    }

    private void ApplyResult(in Transition transition)
    {
        if (!Messages.IsUsed(transition.Slot))
        {
            throw Damage(transition, "there is no message in the slot");
        }

        ref var message = ref Messages[transition.Slot];
        if (message.Run != transition.Run || message.Attempts + 1 != transition.Seq || message.Step != transition.From)
        {
            throw Damage(transition, $"the message of run {message.Run} has had {message.Attempts} attempts");
        }

        TallyOf(message.Flow, message.Version, message.Step).Count(transition);
        if (transition.Kind == DecisionKind.Retry)
        {
            message.Attempts++;
            message.DueMs = transition.Due.UnixMs;
            MessageTimers.Arm(transition.Slot, transition.Due);
            return;
        }

        EndMessage(transition.Slot);
    }

    private Tally TallyOf(int flow, int version, int step)
    {
        if (!_tallies.TryGetValue((flow, version, step), out var tally))
        {
            _tallies[(flow, version, step)] = tally = new Tally();
        }

        return tally;
    }

    private void Link(int slot)
    {
        var ordinal = Runs[slot].Ordinal;
        if (ordinal >= _firstOfProfile.Length)
        {
            var length = _firstOfProfile.Length;
            Array.Resize(ref _firstOfProfile, Math.Max(ordinal + 1, length * 2));
            Array.Fill(_firstOfProfile, None, length, _firstOfProfile.Length - length);
        }

        var first = _firstOfProfile[ordinal];
        Runs[slot].Previous = None;
        Runs[slot].Next = first;
        if (first != None)
        {
            Runs[first].Previous = slot;
        }

        _firstOfProfile[ordinal] = slot;
    }

    private void Unlink(int slot)
    {
        var run = Runs[slot];
        if (run.Next != None)
        {
            Runs[run.Next].Previous = run.Previous;
        }

        if (run.Previous != None)
        {
            Runs[run.Previous].Next = run.Next;
        }
        else
        {
            _firstOfProfile[run.Ordinal] = run.Next;
        }
    }
}
