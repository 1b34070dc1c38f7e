namespace Klaviyo;

/// <summary>A wait until a local time.</summary>
internal interface ILocalWait
{
    /// <summary>Gets the zone: an IANA name, or <c>profile</c>.</summary>
    string Timezone { get; }

    /// <summary>Finds the end of the wait.</summary>
    /// <param name="zone">The zone of the local time.</param>
    /// <param name="from">The instant from which it is looked for.</param>
    /// <param name="context">The run.</param>
    Instant EndFrom(Instant from, AccountZone zone, in StepContext context);
}

/// <summary>Decides waits until a local time: of the profile, as it is then.</summary>
/// <remarks>
/// A profile may move while it waits. So the run is asked again when anything is written of it, and the end is looked for anew from
/// there: the first instant from then on that satisfies the step in the zone that is known by then.
/// </remarks>
internal static class LocalWait
{
    internal static Decision Decide<TStep>(TStep step, in StepContext context)
        where TStep : ILocalWait
    {
        if (step.Timezone != TimeDelayStep.ProfileZone)
        {
            return Decision.Wait(step.EndFrom(context.Arrived, AccountZone.Of(step.Timezone), context));
        }

        // Who comes late to an end that was planned does not wait for the next one: the process was down, say, or the flow paused.
        var isOver = context.Plan is var (due, asked) && EndAsOf(step, asked, context) is var end && due <= end && end < context.At;
        return Decision.WaitLocally(isOver ? context.At : EndAsOf(step, context.At, context));
    }

    private static Instant EndAsOf<TStep>(TStep step, Instant at, in StepContext context)
        where TStep : ILocalWait =>
        step.EndFrom(at, ProfileZones.Of(context.Facts.History, at, context.Facts.Zone), context);
}
