namespace Klaviyo.Flows.Templates;

/// <summary>What a template may read.</summary>
/// <param name="Person">The properties of the profile.</param>
/// <param name="Event">The properties of the event that started the run; empty where there is none.</param>
internal sealed record TemplateData(PropertyMap Person, PropertyMap Event)
{
    /// <summary>Gets the variables of the run.</summary>
    internal PropertyMap Variables { get; init; } = [];

    /// <summary>Gets the instant as of which the text is made.</summary>
    internal Instant At { get; init; }

    /// <summary>Gets the zone in which dates are shown: the profile's.</summary>
    internal AccountZone Zone { get; init; } = AccountZone.Utc;

    /// <summary>Gets the page on which who reads the text unsubscribes; empty where it is not made for anybody yet.</summary>
    internal string UnsubscribeUrl { get; init; } = "";

    /// <summary>Gets what finds a custom object by type and id; null where there is none.</summary>
    internal Func<string, string, PropertyMap?> Catalog { get; init; } = (_, _) => null;
}
