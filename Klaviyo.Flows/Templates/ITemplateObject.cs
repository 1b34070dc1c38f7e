namespace Klaviyo.Flows.Templates;

/// <summary>Names with values that the engine makes itself, such as the state of a loop.</summary>
internal interface ITemplateObject
{
    /// <summary>Gets the value of a name; nil where there is none.</summary>
    TemplateValue this[string name] { get; }
}
