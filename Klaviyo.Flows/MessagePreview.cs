namespace Klaviyo;

/// <summary>A message as a profile would get it.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record MessagePreview
{
    /// <summary>Gets the channel, e.g. <c>email</c>.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets where it would go; empty where the profile has no address on the channel.</summary>
    public string To { get; init; } = "";

    /// <summary>Gets the subject line; empty where the channel has none, or where there is an error.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Gets the text; empty where there is an error.</summary>
    public string Body { get; init; } = "";

    /// <summary>Gets what else the message says, e.g. <c>preview_text</c>; empty where there is an error.</summary>
    public PropertyMap Options { get; init; } = [];

    /// <summary>Gets the places at which nothing was put in: of the subject first, then of the text, then of the options.</summary>
    public IReadOnlyList<TemplateEmptyPlace> Empty { get; init; } = [];

    /// <summary>Gets why there is no text, with its place in the template; empty where there is one.</summary>
    public string Error { get; init; } = "";
}
