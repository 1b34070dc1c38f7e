using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Fields that several actions have.</summary>
internal static class ActionField
{
    private static readonly string[] Statuses = ["draft", "manual", "live", "disabled"];

    /// <summary>Reads the status; where it is missing, the action is a draft.</summary>
    internal static StepStatus Status(DefinitionNode data)
    {
        var node = data.Optional("status");
        if (node.IsMissing)
        {
            return StepStatus.Draft;
        }

        var index = Array.IndexOf(Statuses, node.Text());
        return index >= 0
            ? (StepStatus)index
            : throw node.Error($"'{node.Text()}' is not a status: {string.Join(", ", Statuses)}");
    }

    /// <summary>Refuses every field of the data of an action that has none; the data may be there, empty.</summary>
    internal static void AllowNoData(DefinitionNode action)
    {
        var data = action.Optional("data");
        if (!data.IsMissing)
        {
            data.Allow();
        }
    }

    /// <summary>Reads text that may be missing.</summary>
    internal static string? Text(DefinitionNode parent, string name)
    {
        var node = parent.Optional(name);
        return node.IsMissing ? null : node.Text();
    }

    /// <summary>Reads a switch that is off where it is missing.</summary>
    internal static bool Switch(DefinitionNode parent, string name)
    {
        var node = parent.Optional(name);
        return !node.IsMissing && node.Boolean();
    }

    /// <summary>Writes what <see cref="KeptFields"/> read.</summary>
    internal static void WriteOptions(Utf8JsonWriter writer, PropertyMap options)
    {
        foreach (var (name, value) in options.AsSpan())
        {
            writer.WritePropertyName(name);
            PropertyJson.Write(writer, value);
        }
    }

    /// <summary>Writes text, if there is any.</summary>
    internal static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    /// <summary>Writes the status.</summary>
    internal static void WriteStatus(Utf8JsonWriter writer, StepStatus status) =>
        writer.WriteString("status", StepStatusText.Of(status));
}
