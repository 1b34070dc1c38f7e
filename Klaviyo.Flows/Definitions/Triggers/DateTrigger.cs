namespace Klaviyo;

/// <summary>Starts a run on a date, or so long before it, at a time of day: once, or again every week, month or year.</summary>
/// <remarks>
/// <para>A text without a time of day is that calendar date whatever the zone; any other date is the day on which it falls in
/// the zone. Dates repeat from the date itself on. A month that has no such day counts on its last day, so 29 February
/// counts on 28 February in common years.</para>
/// <para>With weekdays, the run starts on the first such day at or after. Of several that fall on one instant one run
/// starts. A date whose instant has passed when it becomes known starts nothing for that occurrence.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record DateTrigger : TimedTrigger
{
    /// <summary>The variable that holds the local date for which a run started, and the time of day of the trigger.</summary>
    internal const string DateVariable = "$date";

    /// <summary>The form of <see cref="DateVariable"/>.</summary>
    internal const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss";

    private protected DateTrigger()
    {
    }

    /// <inheritdoc/>
    public override string Type => "date";

    /// <summary>Gets how many units before the date the run starts; not negative.</summary>
    public int Before { get; init; }

    /// <summary>Gets the unit of <see cref="Before"/>.</summary>
    /// <value>The default is weeks, as in Klaviyo's JSON.</value>
    public DateUnit Unit { get; init; } = DateUnit.Weeks;

    /// <summary>Gets how the date repeats.</summary>
    /// <value>The default is monthly, as in Klaviyo's JSON.</value>
    public DateRecurrence Recurrence { get; init; } = DateRecurrence.Monthly;

    /// <summary>Gets the zone: an IANA name, or <c>profile</c>, the default.</summary>
    public string Timezone { get; init; } = TimeDelayStep.ProfileZone;

    /// <summary>Gets the local time of day at which runs start.</summary>
    public TimeOnly Time { get; init; }

    /// <summary>Gets the local weekdays on which runs start; empty for all.</summary>
    public ValueList<DayOfWeek> Weekdays { get; init; } = [];

    /// <summary>Finds the date for which a run started.</summary>
    /// <param name="context">The profile as of T, the instant at which the run entered.</param>
    /// <returns>A local date; null where no date starts a run at T.</returns>
    internal DateTime? DateAt(in EvaluationContext context)
    {
        return Find(context, context.At.PlusMs(-1)) is { } next && next.Fire == context.At ? next.Date : null;
    }

    /// <inheritdoc/>
    internal override Instant? Next(in EvaluationContext context, Instant after) => Find(context, after)?.Fire;

    /// <summary>Gets the dates of a profile at T.</summary>
    private protected abstract IEnumerable<PropertyValue> Dates(EvaluationContext context);

    private (Instant Fire, DateTime Date)? Find(in EvaluationContext context, Instant after)
    {
        var zone = ProfileZones.Of(Timezone, context);
        (Instant Fire, DateTime Date)? first = null;
        foreach (var value in Dates(context))
        {
            if (LocalDate.Of(value, zone) is { } date && Find(date, after, zone) is { } next && !(first?.Fire <= next.Fire))
            {
                first = next;
            }
        }

        return first;
    }

    private (Instant Fire, DateTime Date)? Find(DateTime first, Instant after, AccountZone zone)
    {
        // From somewhat before the answer on, one occurrence after the other; both grow together.
        var around = LocalDate.Plus(zone.ToLocal(after).Date, Before, Unit);
        for (var number = Math.Max(0, NumberAround(first, around) - 2); ; number++)
        {
            if (Occurrence(first, number) is not { } date)
            {
                return null;
            }

            if (OnWeekday(LocalDate.Plus(date, -Before, Unit)) is not { } day)
            {
                return null;
            }

            var fire = zone.FirstInstantOf(day.Add(Time.ToTimeSpan()));
            if (fire > after)
            {
                return (fire, date);
            }
        }
    }

    private int NumberAround(DateTime first, DateTime around)
    {
        return Recurrence switch
        {
            DateRecurrence.Never => 0,
            DateRecurrence.Weekly => (int)((around - first).TotalDays / 7) - 1,
            DateRecurrence.Monthly => ((around.Year - first.Year) * 12) + around.Month - first.Month - 1,
            DateRecurrence.Annually => around.Year - first.Year - 1,
            _ => throw new InvalidOperationException($"Unknown recurrence {Recurrence}."),
        };
    }

    private DateTime? Occurrence(DateTime first, int number)
    {
        if (number == 0)
        {
            return first;
        }

        var date = Recurrence switch
        {
            DateRecurrence.Never => DateTime.MaxValue,
            DateRecurrence.Weekly => LocalDate.PlusDays(first, number * 7L),
            DateRecurrence.Monthly => LocalDate.PlusMonths(first, number),
            DateRecurrence.Annually => LocalDate.PlusMonths(first, number * 12L),
            _ => throw new InvalidOperationException($"Unknown recurrence {Recurrence}."),
        };
        return date.Date >= DateTime.MaxValue.Date.AddDays(-7) ? null : date;
    }

    // Null where time ends before such a day comes.
    private DateTime? OnWeekday(DateTime day)
    {
        while (Weekdays.Count > 0 && !Weekdays.Contains(day.DayOfWeek))
        {
            if (day.Date == DateTime.MaxValue.Date)
            {
                return null;
            }

            day = day.AddDays(1);
        }

        return day;
    }
}

/// <summary>Starts a run on a date that is a property of the profile.</summary>
/// <param name="Property">The property.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ProfileDateTrigger(PropertyPath Property) : DateTrigger
{
    /// <inheritdoc/>
    internal override bool Reads(PropertyMap written) =>
        written.Count > 0 && (ProfileZones.IsIn(written) || Property.Names.Any(written.ContainsKey));

    private protected override IEnumerable<PropertyValue> Dates(EvaluationContext context) =>
        [Property.Of(context.History, context.At)];
}

/// <summary>Starts a run on a date that is a property of an object to which the profile is related.</summary>
/// <remarks>
/// What is written of an object is not what is written of the profile; so every day at the time of the trigger it is
/// looked up whether a date has come.
/// </remarks>
/// <param name="ObjectType">The type of the objects; here their type is their id.</param>
/// <param name="Relation">The name of the relation; here its name is its id.</param>
/// <param name="Property">The property of the object: its name, or the number that Klaviyo has for it, which is a name here.</param>
/// <param name="Label">What people call the objects.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ObjectDateTrigger(string ObjectType, string Relation, PropertyPath Property, string Label) : DateTrigger
{
    /// <inheritdoc/>
    internal override bool Fires(in EvaluationContext context) => DateAt(context) is not null;

    /// <inheritdoc/>
    internal override Instant? Next(in EvaluationContext context, Instant after)
    {
        var zone = ProfileZones.Of(Timezone, context);
        var day = LocalDate.PlusDays(zone.ToLocal(after).Date, -1);
        for (var number = 0; number <= 3 && day < DateTime.MaxValue.Date; number++, day = day.AddDays(1))
        {
            if (zone.FirstInstantOf(day.Add(Time.ToTimeSpan())) is var at && at > after)
            {
                return at;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    internal override bool IsOfAll => true;

    private protected override IEnumerable<PropertyValue> Dates(EvaluationContext context)
    {
        var (history, at) = (context.History, context.At);
        var related = history.Relations(ObjectType).Where(r => r.Name == Relation && r.Since <= at && !(r.Until <= at)).Select(r => r.OtherId).ToList();
        return related.Select(id => history.Related(id) is { } found ? Property.Of(found, at) : PropertyValue.Null);
    }
}

/// <summary>The units in which a time before a date is said.</summary>
public enum DateUnit
{
    /// <summary>Calendar days.</summary>
    Days,

    /// <summary>Calendar months.</summary>
    Months,

    /// <summary>7 calendar days.</summary>
    Weeks,
}

/// <summary>How a date repeats.</summary>
public enum DateRecurrence
{
    /// <summary>Every year.</summary>
    Annually,

    /// <summary>Every month.</summary>
    Monthly,

    /// <summary>Not at all.</summary>
    Never,

    /// <summary>Every week.</summary>
    Weekly,
}
