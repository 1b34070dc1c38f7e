namespace Klaviyo;

/// <summary>A place of a message's template at which nothing was put in.</summary>
/// <param name="Template">The id of the template that was included; empty for the text of the message itself.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Expression">What stands there, e.g. <c>person.first_name</c>.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record TemplateEmptyPlace(string Template, int Line, int Column, string Expression);
