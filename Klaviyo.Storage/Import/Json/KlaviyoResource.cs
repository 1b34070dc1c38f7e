using System.Text.Json;

namespace Klaviyo.Storage.Import;

/// <summary>A resource of Klaviyo's API whose parts are kept to be read when its type is known.</summary>
/// <remarks>A part that was not sent is a reader that stands on nothing.</remarks>
internal ref struct KlaviyoResource
{
    internal string? Type;
    internal string? Id;
    internal bool IsEventRead;
    internal Utf8JsonReader Attributes;
    internal Utf8JsonReader Relationships;
    internal Utf8JsonReader Meta;
}
