using Klaviyo.Flows.State;

namespace Klaviyo;

/// <summary>The one place that says whether a message may go out: address, consent, suppression, quiet hours, caps.</summary>
/// <remarks>
/// A pure function of the step, the facts and the instant, so a simulation decides like the live engine. What nothing can change
/// soon is asked first: who may not be written to at all is not postponed.
/// </remarks>
internal static class SendGate
{
    // Limits push one another on: the end of quiet hours may lie under a cap. Each round lies later than the one before.
    private const int RoundsMax = 16;

    /// <summary>Tells whether the profile may be written to on the channel of a step at all.</summary>
    /// <returns><see cref="SkipReason.None"/> if it may.</returns>
    internal static SkipReason Refusal(SendStep step, IFlowFacts facts, Instant at)
    {
        return step.Address(facts) is null ? SkipReason.NoAddress : step.Refusal(facts.History, at);
    }

    /// <summary>Decides whether the message of a step is sent now.</summary>
    /// <returns>Null if it is; else the decision to skip it, or to be asked again.</returns>
    internal static Decision? Check(SendStep step, in StepContext context)
    {
        var refusal = Refusal(step, context.Facts, context.At);
        if (refusal != SkipReason.None)
        {
            return Decision.Skip(refusal);
        }

        // Whoever stands in line may be asked at any time: limits are looked at when it is his turn.
        var line = InLine(step, context);
        return line is not null && context.Line == line.Value.Line ? line : (IsExempt(step) ? null : Limited(step, context)) ?? line;
    }

    /// <summary>Moves an instant at which a message would be tried again out of the quiet hours.</summary>
    internal static Instant OutOfQuietHours(SendStep step, IFlowFacts facts, Instant due)
    {
        if (IsExempt(step) || !step.KeepsQuietHours)
        {
            return due;
        }

        for (var round = 0; round < RoundsMax && Quiet(step, facts, due) is { } quiet; round++)
        {
            due = quiet.End;
        }

        return due;
    }

    // What a policy names by its channel it covers also where nobody is written to, such as webhooks.
    private static bool IsExempt(SendStep step) =>
        step.IsTransactional || (!step.IsToProfile && Array.IndexOf(MessageChannels.OfPeople, step.Channel) >= 0);

    private static Decision? Limited(SendStep step, in StepContext context)
    {
        var (facts, at) = (context.Facts, context.At);
        var (next, first) = (at, (Limit?)null);

        // Whoever waits may be asked at any time, and is not skipped because it is quiet just then: first he waits for what postpones him.
        var postponing = context.Arrived < at;
        for (var round = 0; round < RoundsMax; round++)
        {
            if (NextLimit(step, facts, next, at, postponing) is { } limit)
            {
                if (limit.Then == OnLimit.Skip)
                {
                    return Decision.Skip(limit.Reason, limit.Detail);
                }

                first ??= limit;
                next = limit.End;
            }
            else if (postponing)
            {
                postponing = false;
            }
            else
            {
                break;
            }
        }

        if (next == at)
        {
            return null;
        }

        // Counted from the arrival on the step, so that other messages cannot push it on for ever.
        return next.UnixMs - context.Arrived.UnixMs > facts.Policy.PostponeMax.TotalMilliseconds
            ? Decision.Skip(first!.Value.Reason, first.Value.Detail)
            : Decision.Await(next);
    }

    // Asked last: nobody comes into a line who would not be sent anything.
    private static Decision? InLine(SendStep step, in StepContext context)
    {
        var line = LineNames.OfChannel(step.Channel);
        return context.Facts.Policy.HasLineOf(step.Channel) && context.Facts.TurnIn != line ? Decision.Queue(line) : null;
    }

    // The first limit that holds at an instant, as far as is known at T; of those that postpone, or of all.
    private static Limit? NextLimit(SendStep step, IFlowFacts facts, Instant at, Instant known, bool postponing)
    {
        return Quiet(step, facts, at, postponing)
            ?? Capped(step, facts, at, known, postponing)
            ?? (postponing ? null : Smart(step, facts, at, known));
    }

    private static bool IsAsked(OnLimit then, bool postponing) => !postponing || then == OnLimit.Postpone;

    private static Limit? Quiet(SendStep step, IFlowFacts facts, Instant at, bool postponing = false)
    {
        foreach (var hours in step.KeepsQuietHours ? facts.Policy.QuietHours : [])
        {
            if (IsAsked(hours.Then, postponing) && hours.Covers(step.Channel)
                && hours.EndAt(at, ProfileZones.Of(facts.History, at, facts.Zone)) is { } end)
            {
                return new Limit(SkipReason.QuietHours, $"{hours.From:HH':'mm} to {hours.Until:HH':'mm}", hours.Then, end);
            }
        }

        return null;
    }

    private static Limit? Capped(SendStep step, IFlowFacts facts, Instant at, Instant known, bool postponing)
    {
        foreach (var cap in facts.Policy.Caps)
        {
            if (IsAsked(cap.Then, postponing) && cap.Covers(step.Channel)
                && Free(Sent(cap.Channel, facts, at.Plus(-cap.Window), known), cap.Count, cap.Window) is { } end)
            {
                return new Limit(SkipReason.FrequencyCap, $"{cap.Count} in {cap.Window}", cap.Then, end);
            }
        }

        return null;
    }

    private static Limit? Smart(SendStep step, IFlowFacts facts, Instant at, Instant known)
    {
        return step.SendsSmartly
            && facts.Policy.SmartSending.TryGetValue(step.Channel, out var window)
            && Free(Sent(step.Channel, facts, at.Plus(-window), known), 1, window) is { } end
                ? new Limit(SkipReason.FrequencyCap, "smart sending", OnLimit.Skip, end)
                : null;
    }

    private static List<Instant> Sent(string? channel, IFlowFacts facts, Instant after, Instant known)
    {
        var sent = new List<Instant>();
        foreach (var one in channel is null ? MessageChannels.OfPeople : [channel])
        {
            facts.AddSent(one, after, known, sent);
        }

        return sent;
    }

    // When so many have left the window that one more fits; null where it fits already.
    private static Instant? Free(List<Instant> sent, int count, TimeSpan window)
    {
        if (sent.Count < count)
        {
            return null;
        }

        sent.Sort();
        return sent[sent.Count - count].Plus(window);
    }

    private readonly record struct Limit(SkipReason Reason, string Detail, OnLimit Then, Instant End);
}
