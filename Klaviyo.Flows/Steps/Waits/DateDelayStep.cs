namespace Klaviyo;

/// <summary>Waits until so long before the date for which the run started, or until the date itself.</summary>
/// <remarks>
/// The date is that of the date trigger of the flow, as it was when the run entered. Where the instant has passed, or the run was
/// started by something else, the run goes on at once. A profile that moves while the run waits moves the end as well.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record DateDelayStep : LinearStep, ILocalWait
{
    private protected DateDelayStep()
    {
    }

    /// <summary>Gets the zone: an IANA name, or <c>profile</c>, the default.</summary>
    public string Timezone { get; init; } = TimeDelayStep.ProfileZone;

    /// <summary>Gets the local time of day at which the wait ends; null for that of the trigger.</summary>
    public TimeOnly? UntilTime { get; init; }

    /// <summary>Gets the local weekdays on which the wait may end; empty for all.</summary>
    public ValueList<DayOfWeek> UntilWeekdays { get; init; } = [];

    /// <summary>Gets the day on which the wait ends, before weekdays are looked at.</summary>
    private protected abstract DateTime DayFor(DateTime date);

    /// <inheritdoc/>
    /// <remarks>When the run came does not matter here: whoever is asked now gets the same answer.</remarks>
    internal override Instant? ArrivalOf(Instant due, Instant now) => now;

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        if (context.StartDate() is null)
        {
            return Decision.Branch(0);
        }

        var decision = LocalWait.Decide(this, context);
        return decision.Due <= context.At && context.Plan is null ? Decision.Branch(0) : decision;
    }

    /// <inheritdoc/>
    Instant ILocalWait.EndFrom(Instant from, AccountZone zone, in StepContext context)
    {
        var start = context.StartDate()!.Value;
        var day = DayFor(start.Date);
        while (UntilWeekdays.Count > 0 && !UntilWeekdays.Contains(day.DayOfWeek) && day < DateTime.MaxValue.Date)
        {
            day = day.AddDays(1);
        }

        return zone.FirstInstantOf(day.Add((UntilTime ?? start.Time).ToTimeSpan()));
    }
}

/// <summary>Waits until so many days, weeks or months before the date for which the run started.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record CountdownDelayStep : DateDelayStep
{
    /// <inheritdoc/>
    public override string Type => "countdown-delay";

    /// <summary>Gets how many units before the date the wait ends; not negative.</summary>
    public int Value { get; init; }

    /// <summary>Gets the unit. The default is days.</summary>
    public DateUnit Unit { get; init; }

    private protected override DateTime DayFor(DateTime date) => LocalDate.Plus(date, -Value, Unit);
}

/// <summary>Waits until the date for which the run started.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record TargetDateStep : DateDelayStep
{
    /// <inheritdoc/>
    public override string Type => "target-date";

    private protected override DateTime DayFor(DateTime date) => date;
}
