using Klaviyo.Storage.Errors;

namespace Klaviyo.Flows.Simulation;

/// <content>Who enters and leaves the segments that start runs: by facts of the store, by time, and by what the simulation writes.</content>
/// <remarks>
/// What a write does to a segment is found live when the gate is left, after everything that was due at the instant; so it is here.
/// </remarks>
internal sealed partial class FlowSimulator
{
    private readonly List<SegmentWatch> _watches = [];
    private (Instant At, int Hops)? _written;

    private SegmentWatch? NextFlip => _watches.Count == 0 ? null : _watches.Where(w => w.Next is not null).MinBy(w => w.Next!.Value);

    // For the instant before it all that came later is still to come, so the flips are those of a life in which every fact arrived
    // when it happened.
    private void Watch(string segment)
    {
        if (!_watches.Exists(w => w.Segment == segment) && _scope.Segment(segment) is { } definition)
        {
            var watch = new SegmentWatch(segment, definition);
            Look(watch, span.First.PlusMs(-1));
            _watches.Add(watch);
        }
    }

    private void Look(SegmentWatch watch, Instant at)
    {
        var context = new EvaluationContext(_facts.History, at, _facts.Zone);
        watch.IsIn = DefinitionFault.IsYes(watch.Definition.Holds, context);
        watch.Next = NextFlipOf(watch, at);
    }

    // As live: what cannot be evaluated is no longer kept current.
    private Instant? NextFlipOf(SegmentWatch watch, Instant at)
    {
        try
        {
            var next = watch.Definition.NextFlip(new EvaluationContext(_facts.History, at, _facts.Zone), span.Last);
            return next <= span.Last ? next : null;
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            return null;
        }
    }

    private void Flip(SegmentWatch watch)
    {
        var at = watch.Next!.Value;
        watch.IsIn = !watch.IsIn;
        watch.Next = NextFlipOf(watch, at);
        PullBySegment(watch, at);
    }

    private void NoteWrite(Instant at) => _written = _watches.Count > 0 ? (at, _hops) : null;

    // All that was written at an instant changes a segment at most once.
    private void Settle()
    {
        var (at, hops) = _written!.Value;
        (_written, _hops) = (null, hops);
        foreach (var watch in _watches)
        {
            var wasIn = watch.IsIn;
            Look(watch, at);
            if (watch.IsIn != wasIn)
            {
                PullBySegment(watch, at);
            }
        }

        _hops = 0;
    }

    private void PullBySegment(SegmentWatch watch, Instant at)
    {
        if (Which<SegmentTrigger>(t => t.Segment == watch.Segment && t.OnExit != watch.IsIn) is { } which)
        {
            Trigger(at, null, which, _ordinal);
        }
    }

    private sealed class SegmentWatch(string segment, SegmentDefinition definition)
    {
        internal string Segment => segment;

        internal SegmentDefinition Definition => definition;

        internal bool IsIn { get; set; }

        internal Instant? Next { get; set; }
    }
}
