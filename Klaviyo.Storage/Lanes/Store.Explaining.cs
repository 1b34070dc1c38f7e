using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

// When an answer changes is looked for at one boundary after the other, and there may be thousands of them: writers get their turn in
// between. What is explained is the profile as it was at the beginning; where it is written to meanwhile, that is done anew.
internal sealed partial class Store
{
    private const int ExplainTries = 3;

    /// <summary>Tells why a profile is a member of a segment or not, and until when if nothing happens.</summary>
    /// <returns>Null where no profile has the identifier.</returns>
    internal SegmentExplanation? Explain(in Identifier profile, SegmentDefinition definition, Instant at)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        for (var tries = 1; ; tries++)
        {
            if (!State.TryFind(profile, out var found) || BeginToExplain(found, definition, at) is not { } begun)
            {
                return null;
            }

            while (!begun.Walk.IsOver && GoOn(found, definition, begun))
            {
                LetOthersIn();
            }

            if (begun.Walk.IsOver || tries == ExplainTries)
            {
                return begun.End();
            }
        }
    }

    private ExplanationUnderWay? BeginToExplain(ProfileKey profile, SegmentDefinition definition, Instant at)
    {
        using var gate = EnterToExplain(profile, definition);
        if (State.IsErased(profile))
        {
            return null;
        }

        var history = _lanes[profile.Lane].HistoryUnderGate(profile);
        var context = new EvaluationContext(history, at, Zone);
        var reads = State.Definitions.AllDependencies(definition);
        var walk = definition.WalkToFlip(context, FlipWalk.LooksFor(reads, history));
        var readsObjects = reads.ObjectTypes.Count > 0;
        var begun = new ExplanationUnderWay(
            history.Id, at, definition.ExplainNow(context), walk, readsObjects, MarkOf(history, readsObjects));
        SettleUnderGate(profile.Lane);
        return begun;
    }

    // False where the profile is no longer as it was.
    private bool GoOn(ProfileKey profile, SegmentDefinition definition, ExplanationUnderWay begun)
    {
        using var gate = EnterToExplain(profile, definition);
        var began = Clock.GetTimestamp();
        var history = _lanes[profile.Lane].HistoryUnderGate(profile);
        if (State.IsErased(profile) || MarkOf(history, begun.ReadsObjects) != begun.Mark)
        {
            return false;
        }

        var context = new EvaluationContext(history, begun.At, Zone);
        do
        {
            begun.Walk.Step(context);
        }
        while (!begun.Walk.IsOver && Clock.GetElapsedTime(began) < StepLength);
        SettleUnderGate(profile.Lane);
        return true;
    }

    // Objects may be in any lane.
    private GateScope EnterToExplain(ProfileKey profile, SegmentDefinition definition) =>
        definition.Dependencies.ObjectTypes.Count > 0 ? EnterAll() : Enter(profile.Lane);

    // Nothing that is written of a profile leaves these as they are; of objects that it may be related to, nothing that is written at all.
    private ProfileMark MarkOf(LaneHistory history, bool readsObjects)
    {
        var (events, facts) = history.Sizes();
        return new ProfileMark(
            history.Root, history.Created, events, facts, State.Definitions.All.Count, readsObjects ? _lanes.Sum(l => l.Log.Tail.Value) : 0);
    }

    private readonly record struct ProfileMark(ProfileKey Root, Instant Created, long Events, long FactBytes, int Definitions, long Tails);

    private sealed record ExplanationUnderWay(
        ProfileId Profile, Instant At, Explanation Why, FlipWalk Walk, bool ReadsObjects, ProfileMark Mark)
    {
        internal SegmentExplanation End()
        {
            if (!Walk.IsOver)
            {
                Walk.GiveUp();
            }

            var why = Why with { NextFlip = Walk.Flip, NoFlipBefore = Walk.Searched };
            return new SegmentExplanation(Profile, Walk.Holds, At, why.NextFlip, why);
        }
    }
}
