using Klaviyo.Channels;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Outbox;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

// The messages that runs decided to send: on their way out, and back with a result. A message is on the wheel, held because
// its flow is paused, or with a channel; only the first is known to the state, so after an opening all are on the wheel.
internal sealed partial class FlowLane
{
    /// <summary>Takes the messages whose next attempt is due.</summary>
    /// <param name="scope">The lane.</param>
    /// <param name="offers">Receives them. Whoever takes an offer records its result or puts it back.</param>
    /// <param name="offersMax">About how many to take.</param>
    internal void TakeOffers(ILaneScope scope, List<Offer> offers, int offersMax)
    {
        ReleaseHeld();
        var now = scope.Now;
        for (var count = 0; count < offersMax && TakeMessages(now); count += _taken.Count)
        {
            foreach (var slot in _taken.OrderBy(s => State.Messages[s].Run).ThenBy(s => State.Messages[s].Seq))
            {
                if (flows.Book[State.Messages[slot].Flow].Paused)
                {
                    _heldMessages.Add(slot);
                }
                else if (Offer(slot, now, scope) is { } offer)
                {
                    offers.Add(offer);
                }
            }
        }
    }

    /// <summary>Records what became of an offer.</summary>
    internal void Record(ILaneScope scope, Offer offer, ChannelResult result)
    {
        if (!IsPending(offer))
        {
            return;
        }

        var message = State.Messages[offer.Slot];
        var retry = flows.Retry;
        if (result.Outcome == ChannelOutcome.Retry && offer.Message.Attempt < retry.AttemptsMax)
        {
            var due = scope.Now.Plus(retry.DelayBefore(offer.Message.Attempt + 1, offer.Message.Key, result.After));
            Make(scope, Result(message, offer.Slot, DecisionKind.Retry, scope.Now) with { Due = due, Detail = result.Reason });
            return;
        }

        var kind = result.Outcome == ChannelOutcome.Delivered ? DecisionKind.Deliver : DecisionKind.Fail;
        Make(scope, Result(message, offer.Slot, kind, scope.Now) with { Detail = result.Reason });
    }

    /// <summary>Puts an offer back that has no result.</summary>
    internal void PutBack(Offer offer)
    {
        if (IsPending(offer))
        {
            State.MessageTimers.Arm(offer.Slot, State.Messages[offer.Slot].Due);
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

    private bool TakeMessages(Instant now)
    {
        _taken.Clear();
        return State.MessageTimers.TryTake(now, _taken, out _);
    }

    private Offer? Offer(int slot, Instant now, ILaneScope scope)
    {
        var message = State.Messages[slot];
        var flow = flows.Book[message.Flow];
        var version = flow.Version(message.Version);
        var step = (SendStep)version.Step(message.Step);
        _facts.Turn(scope, message.Ordinal, message.TriggerId, null);
        var address = step.Address(_facts);
        var refusal = address is null ? SkipReason.NoAddress : step.Refusal(_facts.History, now);
        if (refusal != SkipReason.None)
        {
            Make(scope, Result(message, slot, DecisionKind.Withdraw, now) with { Reason = refusal });
            return null;
        }

        var context = new StepContext(_facts, message.At, message.Entered, version.Message(message.Step));
        if (State.VariablesOfMessage(slot) is { } variables)
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

        var run = RunId.Of(lane, message.Run);
        var ready = new FlowMessage
        {
            Key = ActionKey.Of(flows.StoreId, flow.Number, run, message.Seq),
            Channel = step.Channel,
            Flow = flow.Name,
            Step = step.Id,
            Run = run,
            Profile = scope.IdOf(message.Ordinal),
            At = message.At,
            Attempt = message.Attempts + 1,
            To = address!,
            Subject = text.Subject,
            Body = text.Body,
            Headers = step is SendWebhookStep webhook
                ? webhook.Headers.ToDictionary(h => h.Key, h => h.Value.AsString())
                : [],
            Options = step.Options,
        };
        return new Offer(lane, slot, message.Run, message.Seq, ready);
    }

    private bool IsPending(Offer offer)
    {
        return State.Messages.IsUsed(offer.Slot)
            && State.Messages[offer.Slot] is var message
            && message.Run == offer.Run && message.Seq == offer.Seq && message.Attempts + 1 == offer.Message.Attempt;
    }
}
