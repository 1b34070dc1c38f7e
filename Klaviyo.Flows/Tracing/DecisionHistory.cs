using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Tracing;

/// <summary>Finds decisions in the transitions of a lane, from its first record on.</summary>
/// <param name="book">The flows.</param>
/// <param name="lane">The lane.</param>
/// <param name="query">What is looked for.</param>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class DecisionHistory(FlowBook book, int lane, DecisionQuery query)
{
    // What a record does not say again: of runs under way by number, of messages without a result by slot.
    private readonly Dictionary<long, Told> _runs = [];
    private readonly Dictionary<int, Told> _messages = [];

    /// <summary>Gets what was found since it was taken; the profile by its ordinal.</summary>
    internal List<(int Ordinal, FlowDecision Decision)> Found { get; } = [];

    /// <summary>Takes the next transition.</summary>
    internal void Take(Transition transition)
    {
        if (transition.Kind == DecisionKind.Trigger)
        {
            var start = transition.Start;
            if (query.Flow is null || book[start.Flow].Name == query.Flow)
            {
                _runs[transition.Run] = new Told(book[start.Flow], start.Version, start.Ordinal);
                Look(transition, _runs[transition.Run], start.Version);
            }
        }
        else if (transition.IsOfMessage)
        {
            TakeResult(transition);
        }
        else if (_runs.TryGetValue(transition.Run, out var run))
        {
            var next = transition is { Kind: DecisionKind.Migrate, To: not FlowGraph.End } ? transition.Migration.Version : run.Version;
            Look(transition, run, next);
            if (transition.Kind == DecisionKind.Send)
            {
                _messages[transition.Message] = run;
            }

            if (transition.To == FlowGraph.End)
            {
                _runs.Remove(transition.Run);
            }
            else
            {
                _runs[transition.Run] = run with { Version = next };
            }
        }
    }

    private void TakeResult(in Transition result)
    {
        if (_messages.TryGetValue(result.Slot, out var message))
        {
            Look(result, message, message.Version);
            if (result.Kind is DecisionKind.Deliver or DecisionKind.Fail or DecisionKind.Withdraw or DecisionKind.Drop)
            {
                _messages.Remove(result.Slot);
            }
        }
    }

    private void Look(in Transition transition, in Told told, int next)
    {
        if (!query.Means(transition))
        {
            return;
        }

        var decision = FlowDecision.Of(
            told.Flow.Version(told.Version), told.Flow.Version(next), transition, RunId.Of(lane, transition.Run), default);
        if (query.Step is null || query.Step == decision.Step)
        {
            Found.Add((told.Ordinal, decision));
        }
    }

    private readonly record struct Told(Flow Flow, int Version, int Ordinal);
}
