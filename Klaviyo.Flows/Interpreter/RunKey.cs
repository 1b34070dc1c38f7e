using System.Buffers;
using System.Text;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Interpreter;

/// <summary>What tells the runs of one profile in one flow apart, where a trigger has a key: a value of the event.</summary>
/// <remarks>It is a variable of the run, set by the transition that starts it.</remarks>
internal static class RunKey
{
    /// <summary>The name of the variable.</summary>
    internal const string Variable = "$key";

    /// <summary>Gets the key of a run; null for none.</summary>
    internal static PropertyValue Of(RunDetail? detail) => detail is null ? default : detail.Variables[Variable];

    /// <summary>Gets the key that an event gives.</summary>
    /// <param name="trigger">The trigger that it pulls.</param>
    /// <param name="event">The event; null for what is none.</param>
    internal static PropertyValue Of(FlowTrigger trigger, TriggerEvent? @event) =>
        trigger.KeyPath is { } path && @event is not null ? path.Of(@event) : default;

    /// <summary>Makes the variables of a run that starts; null for none.</summary>
    internal static PropertyMap? VariablesOf(PropertyValue key) => key.IsNull ? null : new PropertyMap { [Variable] = key };

    /// <summary>Writes a key as JSON: the same text for the same key.</summary>
    internal static string TextOf(PropertyValue key)
    {
        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json);
        PropertyJson.Write(writer, key);
        writer.Flush();
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }
}
