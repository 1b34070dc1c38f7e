namespace Klaviyo;

/// <summary>Waits until the local time lies in a window, e.g. from nine to five on working days. Ours.</summary>
/// <remarks>
/// <para>Within the window, its start included and its end not, the run goes on at once. A window whose end is not after its start
/// goes over midnight and belongs to the day on which it begins.</para>
/// <para>Of the profile's own zone it is the one that the profile has then, also where it moves while the run waits.</para>
/// <para>A start that the clocks skip is the first instant after the gap, one that occurs twice is the first.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record WaitForWindowStep : LinearStep, ILocalWait
{
    /// <inheritdoc/>
    public override string Type => "wait-for-window";

    /// <summary>Gets the zone: an IANA name, or <c>profile</c>, the default.</summary>
    public string Timezone { get; init; } = TimeDelayStep.ProfileZone;

    /// <summary>Gets the local time at which the window opens.</summary>
    public required TimeOnly From { get; init; }

    /// <summary>Gets the local time at which it closes.</summary>
    public required TimeOnly Until { get; init; }

    /// <summary>Gets the local weekdays on which it opens; empty for all.</summary>
    public ValueList<DayOfWeek> Weekdays { get; init; } = [];

    /// <inheritdoc/>
    /// <remarks>When the run came does not matter here: whoever is asked now gets the same answer.</remarks>
    internal override Instant? ArrivalOf(Instant due, Instant now) => now;

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var decision = LocalWait.Decide(this, context);
        return decision.Due <= context.At && context.Plan is null ? Decision.Branch(0) : decision;
    }

    /// <inheritdoc/>
    Instant ILocalWait.EndFrom(Instant from, AccountZone zone, in StepContext context)
    {
        var today = zone.ToLocal(from).Date;

        // The window of yesterday may still be open; fifteen days ahead hold every weekday, also where a zone leapt over one.
        for (var days = today > DateTime.MinValue ? -1 : 0; days <= 15 && (DateTime.MaxValue - today).Days > days + 1; days++)
        {
            var day = today.AddDays(days);
            if (Weekdays.Count > 0 && !Weekdays.Contains(day.DayOfWeek))
            {
                continue;
            }

            var opens = zone.FirstInstantOf(day.Add(From.ToTimeSpan()));
            var closes = zone.FirstInstantOf((Until > From ? day : day.AddDays(1)).Add(Until.ToTimeSpan()));
            if (from < closes && opens < closes)
            {
                return opens <= from ? from : opens;
            }
        }

        return Instant.MaxValue;
    }
}
