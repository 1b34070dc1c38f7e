namespace Klaviyo;

/// <summary>Tests a date: an instant, or a string that is ISO 8601.</summary>
/// <remarks>
/// <para>Anything else does not match. A string without an offset is UTC. A date without a time is midnight UTC, but where
/// only its month and day matter (anniversaries, calendar months) it is that date in every zone: a birthday
/// <c>1990-05-17</c> is on 17 May in New York too.</para>
/// <para>The same filters are the timeframes of metric and list conditions, where they test the time of the event or of
/// the joining.</para>
/// </remarks>
public abstract record DateFilter : ValueFilter
{
    private const int DateOnlyLength = 10;

    private protected DateFilter()
    {
    }

    /// <inheritdoc/>
    public override bool DependsOnTime => true;

    /// <summary>Gets the instants that match at T, where they are one range.</summary>
    /// <param name="context">T, the zone, the start of the flow.</param>
    /// <param name="range">The range; it may be empty, and it may lie after T.</param>
    /// <returns><see langword="false"/> for anniversaries and calendar months, which are no range.</returns>
    public virtual bool TryGetRange(in EvaluationContext context, out TimeRange range)
    {
        range = default;
        return false;
    }

    // All dates up to it have one answer, at T and at any later instant: how long ago they are need not be known.
    internal virtual Instant HorizonAt(in EvaluationContext context) => Instant.MinValue;

    internal static bool TryRead(PropertyValue value, out Instant instant)
    {
        instant = default;
        switch (value.Kind)
        {
            case PropertyKind.Instant:
                instant = value.AsInstant();
                return true;
            case PropertyKind.String:
                return Instant.TryParse(value.AsString(), out instant);
            default:
                return false;
        }
    }

    // The wall time of a value, for filters that look at month and day.
    internal static bool TryReadLocal(PropertyValue value, AccountZone zone, out DateTime local)
    {
        local = default;
        if (!TryRead(value, out var instant))
        {
            return false;
        }

        var isDateOnly = value.Kind == PropertyKind.String && value.AsString().Length == DateOnlyLength;
        local = isDateOnly ? AccountZone.Utc.ToLocal(instant) : zone.ToLocal(instant);
        return true;
    }
}
