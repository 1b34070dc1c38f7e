using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Outbox;
using Klaviyo.Flows.State;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <content>Lines: runs and messages that stand for a rate limit.</content>
/// <remarks>
/// A run that may not go on yet stands on its step, and the line in which it stands is part of the state. A message stands in line
/// for a further attempt, or for one that was decided before an opening; that is known here alone. Whose turn it is
/// <see cref="RateTurns"/> says, which sees all lanes.
/// </remarks>
internal sealed partial class FlowLane
{
    private readonly WaitingLines _messageLines = new();
    private int _sentInTurn = -1;
    private bool _passedInTurn;

    /// <summary>Gets the lines in which anyone stands.</summary>
    internal IEnumerable<string> LinesInUse => State.Lines.Names.Concat(_messageLines.Names);

    /// <summary>Gets who is first in a line of each flow, where it goes on, and what limits the line for him; null for nothing.</summary>
    internal IEnumerable<(int Flow, LinePlace First, RateLimit? Limit)> Heads(string line)
    {
        var first = new SortedDictionary<int, LinePlace>();
        foreach (var (flow, place) in State.Lines.Heads(line).Concat(_messageLines.Heads(line)))
        {
            var mine = place with { Lane = lane };
            if (flows.Book[flow] is { Paused: false, IsDeleted: false } && !IsOfUnreadable(place)
                && (!first.TryGetValue(flow, out var other) || mine.CompareTo(other) < 0))
            {
                first[flow] = mine;
            }
        }

        return first.Select(f => (f.Key, f.Value, LimitOf(line, f.Value)));
    }

    /// <summary>Gets what went through a line; null for nothing.</summary>
    internal RateWindow? WindowOf(string line) => State.Rates.Find(line);

    /// <summary>Lets the first of a flow in a line have his turn.</summary>
    /// <param name="scope">The lane.</param>
    /// <param name="line">The line.</param>
    /// <param name="flow">The flow, by number.</param>
    /// <param name="batch">Receives the message, where one is handed over.</param>
    /// <returns>How many transitions were made, and whether the turn was taken: who does not send after all leaves it to the next.</returns>
    internal (int Made, bool IsTaken) TakeTurn(ILaneScope scope, string line, int flow, OfferBatch batch)
    {
        _hopsOf.Clear();
        var head = Heads(line).FirstOrDefault(h => h.Flow == flow);
        if (head == default)
        {
            return default;
        }

        if (head.First.IsMessage)
        {
            _messageLines.Remove(line, flow, head.First with { Lane = 0 });
            return IsDue(head.First) ? HandOver(scope, head.First.Slot, line, flow, head.Limit, batch) : default;
        }

        return WalkInTurn(scope, head.First.Slot, line, flow, head.Limit, batch);
    }

    /// <summary>Notes that the attempts of messages that were taken have begun.</summary>
    internal void Settle(ILaneScope scope, string line, int count, Instant at) =>
        Change(scope, new RateChange(RateChangeKind.Settle, line, at, 0, 0, count));

    // A message of such a version is not put into a line.
    private bool IsOfUnreadable(in LinePlace place) =>
        !place.IsMessage && VersionOf(State.Plans[State.Runs[place.Slot].Plan]).Fault is not null;

    private RateLimit? LimitOf(string line, in LinePlace place)
    {
        if (place.IsMessage)
        {
            return RateOf(LineNames.ChannelOf(line));
        }

        ref readonly var run = ref State.Runs[place.Slot];
        return VersionOf(State.Plans[run.Plan]).Step(run.Step) switch
        {
            RateLimitStep step => step.Limit,
            SendStep send => RateOf(send.Channel),
            _ => null,
        };
    }

    private RateLimit? RateOf(string channel) => flows.Sending.Rates.GetValueOrDefault(channel);

    private bool TryQueue(int slot)
    {
        ref readonly var message = ref State.Outbox.Messages[slot];
        var channel = StepOf(message).Channel;
        if (!flows.Sending.HasLineOf(channel))
        {
            return false;
        }

        var place = new LinePlace(message.DueMs, 0, -1, message.EnteredMs, message.Seq, message.Run, slot);
        _messageLines.Add(LineNames.OfChannel(channel), State.Plans[message.Plan].Flow, place);
        return true;
    }

    // A message that was erased, or whose slot another took, is still in the line.
    private bool IsDue(in LinePlace place)
    {
        return State.Outbox.Messages.IsUsed(place.Slot) && State.Outbox.Messages[place.Slot] is { Status: PendingStatus.Waiting, IsArmed: false } message
            && message.Run == place.Number && message.Seq == place.Which && message.DueMs == place.AtMs;
    }

    private (int Made, bool IsTaken) HandOver(
        ILaneScope scope, int slot, string line, int flow, RateLimit? limit, OfferBatch batch)
    {
        if (TryOffer(slot, scope.Now, scope) is not { } offer)
        {
            return (1, false);
        }

        Count(scope, RateChangeKind.Take, line, flow, limit);
        batch.Add(offer);
        return (0, true);
    }

    private (int Made, bool IsTaken) WalkInTurn(
        ILaneScope scope, int slot, string line, int flow, RateLimit? limit, OfferBatch batch)
    {
        var (number, seq) = (State.Runs[slot].Number, State.Runs[slot].Seq);
        State.RunTimers.Disarm(slot);
        (_sentInTurn, _passedInTurn) = (-1, false);
        var made = Walk(slot, scope, line);
        if (_sentInTurn >= 0)
        {
            // The turn is the message's: it is handed over at once, so that nobody else takes its place.
            State.Outbox.Timers.Disarm(_sentInTurn);
            var (more, isTaken) = HandOver(scope, _sentInTurn, line, flow, limit, batch);
            return (made + more, isTaken);
        }

        if (IsThere(slot, number) && State.Runs[slot].Seq == seq)
        {
            // It would stand first for ever.
            var idle = new InvalidOperationException($"It had its turn in the line '{line}' and did nothing.");
            Move(scope, FailureOf(State.Runs[slot], scope.Now, idle) with { Slot = slot });
            EndWalk(scope);
        }

        return (made, _passedInTurn);
    }

    private void NoteTurn(ILaneScope scope, string line, int flow, in Transition taken, FlowVersion version, int message)
    {
        if (taken.Kind == DecisionKind.Send)
        {
            _sentInTurn = message;
        }
        else if (taken.Turn is not null)
        {
            EndWalk(scope);
            var step = (RateLimitStep)version.Step(taken.From);
            Count(scope, RateChangeKind.Pass, line, flow, step.Limit);
            _passedInTurn = true;
        }
    }

    private void Count(ILaneScope scope, RateChangeKind kind, string line, int flow, RateLimit? limit)
    {
        var windowMs = LineNames.IsOfChannel(line) ? flows.Sending.WindowMsOf(LineNames.ChannelOf(line)) : limit?.WindowMs ?? 0;
        if (windowMs > 0)
        {
            Change(scope, new RateChange(kind, line, scope.Now, flow, windowMs, 0));
        }
    }

    private void Change(ILaneScope scope, in RateChange change)
    {
        _record.Clear();
        RateCodec.Write(_record, change);
        scope.Append(_record.Written);
        State.Rates.Apply(change);
        CheckReplay(_record.Written);
        _changed = true;
    }
}
