using Klaviyo.Channels;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Outbox;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

// The messages that runs decided to send: on their way out, and back with a result. A message is on the wheel, held because its
// flow is paused, because it is quiet by now or because its channel has no room, or with a channel; only the first is known to the
// state, so after an opening all are on the wheel.
internal sealed partial class FlowLane
{
    private const string TooOld = "It could only be tried later than its policy allows.";
    private readonly SortedSet<(Instant Until, int Slot)> _quietMessages = [];
    private readonly SortedDictionary<string, Queue<(int Slot, long Run, int Seq)>> _crowdedMessages = new(StringComparer.Ordinal);

    /// <summary>Takes the messages whose next attempt is due.</summary>
    /// <param name="scope">The lane.</param>
    /// <param name="batch">Receives them. Whoever takes an offer records its result or puts it back.</param>
    /// <returns>
    /// Whether any is no offer: it has a result at once, so that its run may be due, or it is held, so that there may be more behind it.
    /// </returns>
    internal bool TakeOffers(ILaneScope scope, OfferBatch batch)
    {
        ReleaseHeld(scope);
        var now = scope.Now;
        ReleaseQuiet(now);
        var (budget, settled) = (int.MaxValue, TakeCrowded(now, scope, batch));
        for (var count = 0; count < OfferBatch.SliceOfLane && State.Outbox.Timers.TryTake(now, ref budget, out var slot);)
        {
            if (!IsToStay(slot) && TryQueue(slot))
            {
                continue;
            }

            count++;
            while (FirstMessageBefore(slot) is >= 0 and var first)
            {
                State.Outbox.Timers.Disarm(first);
                settled |= Take(first, now, scope, batch);
            }

            settled |= Take(slot, now, scope, batch);
        }

        return settled;
    }

    /// <summary>Records what became of an offer.</summary>
    internal void Record(ILaneScope scope, Offer offer, ChannelResult result)
    {
        if (!IsPending(offer))
        {
            return;
        }

        _hopsOf.Clear();
        var (message, now) = (State.Outbox.Messages[offer.Slot], scope.Now);
        var (kind, due) = (DecisionKind.Deliver, default(Instant));
        if (result.Outcome == ChannelOutcome.Failed)
        {
            // Where nobody is there to get it, nothing helps; everything else somebody may put right, the channel that is missing too.
            kind = result.IsBounce ? DecisionKind.Fail : DecisionKind.DeadLetter;
        }
        else if (result.Outcome == ChannelOutcome.Retry)
        {
            var next = NextAttempt(message, offer.Message.Key, result.After, scope);
            kind = StepOf(message).Delivery is { AtMostOnce: true } ? DecisionKind.Uncertain
                : next is null ? DecisionKind.DeadLetter
                : DecisionKind.Retry;
            due = next ?? default;
        }

        var hops = RunHops.After(State.Outbox.VariablesOf(offer.Slot), message.Entered, message.At);
        Make(scope, Result(message, offer.Slot, kind, now) with { Due = due, Detail = result.Reason });
        if (kind == DecisionKind.Deliver && MessageEvents.OfDelivery(offer.Message, result.ProviderId) is { } delivered)
        {
            // In one turn at the gate with the result: both are durable or neither.
            _hops = hops;
            try
            {
                scope.Write(message.Ordinal, delivered);
            }
            finally
            {
                _hops = 0;
            }
        }
        else if (result.IsBounce && offer.Message.IsToProfile)
        {
            foreach (var write in MessageEvents.OfBounce(offer.Message, result.Reason, now))
            {
                scope.Write(message.Ordinal, write);
            }
        }
    }

    private RetryPolicy RetryOf(in PendingAction message) => StepOf(message).Delivery?.Retry ?? flows.Retry;

    private Instant? NextAttempt(in PendingAction message, string key, TimeSpan? asked, ILaneScope scope)
    {
        var policy = RetryOf(message);
        return policy.NextAttempt(message, key, asked, scope.Now) is { } next
            && OutOfQuietHours(message, scope, next) is var due && !policy.IsTooOld(message, due)
            ? due
            : null;
    }

    /// <summary>Puts an offer back that has no result.</summary>
    internal void PutBack(ILaneScope scope, Offer offer)
    {
        if (!IsPending(offer))
        {
            return;
        }

        if (State.Outbox.Messages[offer.Slot].Status == PendingStatus.Begun)
        {
            Make(scope, Result(State.Outbox.Messages[offer.Slot], offer.Slot, DecisionKind.Uncertain, scope.Now) with
            {
                Detail = "The attempt was given up.",
            });
            return;
        }

        State.Outbox.Timers.Arm(offer.Slot);
    }

    // Those for which their channels have room by now. They are before all others of the channel.
    private bool TakeCrowded(Instant now, ILaneScope scope, OfferBatch batch)
    {
        var settled = false;
        foreach (var (channel, crowded) in _crowdedMessages)
        {
            while (batch.HasRoom(channel) && crowded.TryDequeue(out var message))
            {
                settled |= IsHeld(message) && Take(message.Slot, now, scope, batch);
            }
        }

        return settled;
    }

    // One that was erased or withdrawn is still held, and its slot may be another's.
    private bool IsHeld((int Slot, long Run, int Seq) message)
    {
        return State.Outbox.Messages.IsUsed(message.Slot) && State.Outbox.Messages[message.Slot] is { Status: PendingStatus.Waiting, IsArmed: false } held
            && held.Run == message.Run && held.Seq == message.Seq;
    }

    private void ReleaseQuiet(Instant now)
    {
        while (_quietMessages.Count > 0 && _quietMessages.Min is var (until, slot) && until <= now)
        {
            _quietMessages.Remove((until, slot));
            State.Outbox.Timers.Arm(slot);
        }
    }

    private SendStep StepOf(in PendingAction message) => (SendStep)VersionOf(State.Plans[message.Plan]).Step(message.Step);

    private Instant OutOfQuietHours(in PendingAction message, ILaneScope scope, Instant due)
    {
        var step = StepOf(message);
        Facts.Turn(scope, message.Ordinal, message.TriggerId, null);
        return SendGate.OutOfQuietHours(step, Facts, due);
    }

    private void AddPending(int ordinal, string channel, List<Instant> sent)
    {
        for (var slot = State.Outbox.FirstOf(ordinal); slot >= 0; slot = State.Outbox.After(slot))
        {
            ref readonly var message = ref State.Outbox.Messages[slot];
            if (message.Status != PendingStatus.DeadLetter
                && StepOf(message) is { IsToProfile: true } step && step.Channel == channel)
            {
                sent.Add(message.At);
            }
        }
    }

    private static Transition Result(in PendingAction message, int slot, DecisionKind kind, Instant at)
    {
        return new Transition
        {
            Kind = kind,
            Slot = slot,
            Run = message.Run,
            Seq = message.Attempts + 1,
            At = at,
            From = message.Step,
            To = FlowGraph.End,
        };
    }

    // Of what is due at one instant, a profile gets what was decided first, first.
    private int FirstMessageBefore(int slot)
    {
        ref readonly var message = ref State.Outbox.Messages[slot];
        var (first, number) = (-1, (message.Run, message.Seq));
        for (var other = State.Outbox.FirstOf(message.Ordinal); other >= 0; other = State.Outbox.After(other))
        {
            ref readonly var candidate = ref State.Outbox.Messages[other];
            if (candidate.IsArmed && candidate.DueMs == message.DueMs && (candidate.Run, candidate.Seq).CompareTo(number) < 0)
            {
                (first, number) = (other, (candidate.Run, candidate.Seq));
            }
        }

        return first;
    }

    // One of a flow that is being deleted is about to be withdrawn.
    private bool IsToStay(int slot)
    {
        var plan = State.Plans[State.Outbox.Messages[slot].Plan];
        return flows.Book[plan.Flow] is { IsDeleted: true } || flows.Book[plan.Flow].Holds(plan.Version);
    }

    private bool Take(int slot, Instant now, ILaneScope scope, OfferBatch batch)
    {
        if (IsToStay(slot))
        {
            _heldMessages.Add(slot);
            return true;
        }

        if (TryQueue(slot))
        {
            return false;
        }

        if (StepOf(State.Outbox.Messages[slot]).Channel is var channel && !batch.HasRoom(channel))
        {
            ref readonly var message = ref State.Outbox.Messages[slot];
            _crowdedMessages.TryAdd(channel, []);
            _crowdedMessages[channel].Enqueue((slot, message.Run, message.Seq));
            return true;
        }

        var offer = TryOffer(slot, now, scope);
        if (offer is not null)
        {
            batch.Add(offer);
        }

        return offer is null;
    }

    private Offer? TryOffer(int slot, Instant now, ILaneScope scope)
    {
        Offer? offer;
        try
        {
            offer = GivesUp(slot, now, scope) || HoldsWhileQuiet(slot, now, scope) ? null : Offer(slot, now, scope);
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            Make(scope, Result(State.Outbox.Messages[slot], slot, DecisionKind.DeadLetter, now) with
            {
                Detail = BriefText.Of(fault),
            });
            return null;
        }

        if (offer is not null && StepOf(State.Outbox.Messages[slot]).Delivery is { AtMostOnce: true })
        {
            Make(scope, Result(State.Outbox.Messages[slot], slot, DecisionKind.Begin, now));
        }

        return offer;
    }

    // Too old by now, or when it will not be quiet any more.
    private bool GivesUp(int slot, Instant now, ILaneScope scope)
    {
        var message = State.Outbox.Messages[slot];
        var policy = RetryOf(message);
        if (policy.AgeMax == TimeSpan.MaxValue || !policy.IsTooOld(message, OutOfQuietHours(message, scope, now)))
        {
            return false;
        }

        Make(scope, Result(message, slot, DecisionKind.DeadLetter, now) with { Detail = TooOld });
        return true;
    }

    // It was decided in time, and comes to be sent late: after downtime, a pause, or by hand.
    private bool HoldsWhileQuiet(int slot, Instant now, ILaneScope scope)
    {
        var due = OutOfQuietHours(State.Outbox.Messages[slot], scope, now);
        if (due <= now)
        {
            return false;
        }

        _quietMessages.Add((due, slot));
        return true;
    }

    private Offer? Offer(int slot, Instant now, ILaneScope scope)
    {
        var message = State.Outbox.Messages[slot];
        var flow = flows.Book[State.Plans[message.Plan].Flow];
        var version = flow.Version(State.Plans[message.Plan].Version);
        var step = (SendStep)version.Step(message.Step);
        Facts.Turn(scope, message.Ordinal, message.TriggerId, null);
        var address = step.Address(Facts);
        var refusal = address is null ? SkipReason.NoAddress : step.Refusal(Facts.History, now);
        if (refusal != SkipReason.None)
        {
            Make(scope, Result(message, slot, DecisionKind.Withdraw, now) with { Reason = refusal });
            return null;
        }

        var run = RunId.Of(lane, message.Run);
        var (key, profile) = (ActionKey.Of(flows.StoreId, flow.Number, run, message.Seq), scope.IdOf(message.Ordinal));
        var token = flows.Unsubscribe is { } page && step.IsToProfile
            ? UnsubscribeToken.Of(page, MessageToken.Of(key, profile), step.Channel)
            : null;
        var unsubscribe = token is null ? null : flows.Unsubscribe!.UrlOf(token);
        var context = new StepContext(Facts, message.At, message.Entered, version.Message(message.Step)) { UnsubscribeUrl = unsubscribe };
        if (State.Outbox.VariablesOf(slot) is { } variables)
        {
            context = context with { Variables = variables };
        }

        if (!context.Message!.TryRender(context, out var text, out var error))
        {
            Make(scope, Result(message, slot, DecisionKind.Withdraw, now) with
            {
                Reason = SkipReason.TemplateError,
                Detail = error,
            });
            return null;
        }

        var ready = new FlowMessage
        {
            Key = key,
            UnsubscribeUrl = unsubscribe,
            UnsubscribeToken = token!,
            Channel = step.Channel,
            Flow = flow.Name,
            Step = step.Id,
            Run = run,
            Profile = profile,
            At = message.At,
            Attempt = message.Attempts + 1,
            To = step.Address(Facts)!,
            Subject = text.Subject,
            Body = text.Body,
            Headers = step is SendWebhookStep webhook
                ? webhook.Headers.ToDictionary(h => h.Key, h => h.Value.AsString())
                : [],
            Transactional = step.IsTransactional || !step.IsToProfile,
            IsToProfile = step.IsToProfile,
            Options = text.Options,
        };
        return new Offer(lane, slot, message.Run, message.Seq, ready);
    }

    private bool IsPending(Offer offer)
    {
        return State.Outbox.Messages.IsUsed(offer.Slot)
            && State.Outbox.Messages[offer.Slot] is var message
            && message.Run == offer.Run && message.Seq == offer.Seq && message.Attempts + 1 == offer.Message.Attempt;
    }
}
