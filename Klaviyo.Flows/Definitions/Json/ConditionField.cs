using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>A field that holds a condition.</summary>
internal static class ConditionField
{
    /// <summary>Reads the field; null where it is missing.</summary>
    internal static Condition? Read(DefinitionNode parent, string name)
    {
        var node = parent.Optional(name);
        return node.IsMissing ? null : ConditionJson.Parse(node);
    }

    /// <summary>Writes the field, if there is a condition.</summary>
    internal static void Write(Utf8JsonWriter writer, string name, Condition? condition)
    {
        if (condition is not null)
        {
            writer.WritePropertyName(name);
            ConditionJson.Write(writer, condition);
        }
    }
}
