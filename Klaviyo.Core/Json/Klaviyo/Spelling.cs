using System.Text.Json;

namespace Klaviyo.Json;

// What can be said in several ways is written in the way in which it was read: the same instant with another offset, and
// nothing as a missing field, as null or as an empty list.
internal static class Spelling
{
    internal static string Of(Instant instant, Unseen<string> spelled) =>
        Instant.TryParse(spelled.Value, out var read) && read == instant ? spelled.Value! : instant.ToString();

    internal static Unseen<string> OfNothing(DefinitionNode node)
    {
        return node.Element.ValueKind switch
        {
            JsonValueKind.Null => new("null"),
            JsonValueKind.Array when node.Element.GetArrayLength() == 0 => new("[]"),
            _ => default,
        };
    }

    internal static void WriteNothing(Utf8JsonWriter writer, string name, Unseen<string> spelled)
    {
        if (spelled.Value is { } nothing)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(nothing);
        }
    }
}
