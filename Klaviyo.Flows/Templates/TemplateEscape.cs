namespace Klaviyo.Flows.Templates;

/// <summary>What a value becomes when it is put into a text.</summary>
internal enum TemplateEscape
{
    /// <summary>It stays as it is.</summary>
    None,

    /// <summary>It is text of an HTML document.</summary>
    Html,

    /// <summary>It is part of a JSON string.</summary>
    Json,
}
