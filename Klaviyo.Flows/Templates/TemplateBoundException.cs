namespace Klaviyo.Flows.Templates;

/// <summary>A template does more than any may. No value of a profile is to blame: the step fails, and its run is parked.</summary>
/// <param name="message">What is too much, with its place.</param>
internal sealed class TemplateBoundException(string message) : Exception(message);
