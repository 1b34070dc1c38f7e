namespace Klaviyo.Flows.Templates;

/// <summary>What a template may read.</summary>
/// <param name="Person">The properties of the profile.</param>
/// <param name="Event">The properties of the event that started the run; empty where there is none.</param>
internal readonly record struct TemplateData(PropertyMap Person, PropertyMap Event);
