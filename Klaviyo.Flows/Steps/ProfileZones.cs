namespace Klaviyo;

/// <summary>The zone in which a profile lives.</summary>
internal static class ProfileZones
{
    private static readonly PropertyPath Path = new("location.timezone");

    /// <summary>Gets the zone of <c>location.timezone</c>; the account's where it is missing or no zone.</summary>
    internal static AccountZone Of(in StepContext context) => Of(context.Facts.History, context.At, context.Facts.Zone);

    /// <summary>Gets the zone that a definition names: <c>profile</c> for the profile's own.</summary>
    internal static AccountZone Of(string name, in StepContext context) =>
        name == TimeDelayStep.ProfileZone ? Of(context) : AccountZone.Of(name);

    /// <summary>Gets the zone that a definition names: <c>profile</c> for the profile's own.</summary>
    internal static AccountZone Of(string name, in EvaluationContext context) =>
        name == TimeDelayStep.ProfileZone ? Of(context.History, context.At, context.Zone) : AccountZone.Of(name);

    /// <summary>Tells whether properties that are written may change the zone.</summary>
    internal static bool IsIn(PropertyMap written) => Path.Names.Any(written.ContainsKey);

    /// <summary>Gets the zone that a profile had at an instant.</summary>
    internal static AccountZone Of(ProfileHistory history, Instant at, AccountZone otherwise)
    {
        var zone = Path.Of(history, at);
        return zone.Kind == PropertyKind.String && TimeZoneInfo.TryFindSystemTimeZoneById(zone.AsString(), out _)
            ? AccountZone.Of(zone.AsString())
            : otherwise;
    }
}
