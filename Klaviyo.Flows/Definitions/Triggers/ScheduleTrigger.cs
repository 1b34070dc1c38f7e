using Klaviyo.Flows.Definitions;

namespace Klaviyo;

/// <summary>Starts a run for every profile, or for all on a list or in a segment, at the times of a cron expression. Ours.</summary>
/// <remarks>
/// Of an expression for times of day, a local time that the clocks skip is the first instant after the gap, one that occurs twice is the
/// first. One that repeats within the day, e.g. every quarter of an hour, comes whenever the clock shows one of its times: also the
/// second time, and not where the clock passes over it.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ScheduleTrigger : TimedTrigger
{
    private readonly CronTimes _times;

    /// <summary>Creates a trigger.</summary>
    /// <param name="cron">Minute, hour, day of the month, month, day of the week; or six fields, seconds first.</param>
    /// <exception cref="FormatException">Not a cron expression.</exception>
    public ScheduleTrigger(string cron)
    {
        ArgumentNullException.ThrowIfNull(cron);
        Cron = cron;
        _times = new CronTimes(cron);
    }

    /// <inheritdoc/>
    public override string Type => "schedule";

    /// <summary>Gets the expression.</summary>
    public string Cron { get; }

    /// <summary>Gets the zone of the expression: an IANA name, or <c>profile</c>; null for the account's.</summary>
    public string? Timezone { get; init; }

    /// <summary>Gets the list or segment whose members start a run; null for every profile.</summary>
    public string? Group { get; init; }

    /// <inheritdoc/>
    public bool Equals(ScheduleTrigger? other) =>
        other is not null && Cron == other.Cron && Timezone == other.Timezone && Group == other.Group;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Cron, Timezone, Group);

    /// <inheritdoc/>
    internal override Instant? Next(in EvaluationContext context, Instant after) =>
        _times.After(after, Timezone is null ? context.Zone : ProfileZones.Of(Timezone, context));

    /// <inheritdoc/>
    internal override bool Fires(in EvaluationContext context) =>
        base.Fires(context) && (Group is null || context.History.MemberSince(Group, context.At) is not null);

    /// <inheritdoc/>
    internal override bool IsOfAll => true;
}
