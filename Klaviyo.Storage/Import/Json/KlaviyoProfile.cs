namespace Klaviyo.Storage.Import;

/// <summary>The profile of a body of Klaviyo's API: identifiers, and everything else as properties.</summary>
internal sealed class KlaviyoProfile
{
    internal List<Identifier> Identifiers { get; } = [];

    /// <summary>Gets the properties: named attributes, and the custom ones beside them. The named ones win.</summary>
    internal PropertyMap Properties { get; private set; } = [];

    internal void Clear()
    {
        Identifiers.Clear();
        Properties = [];
    }
}
