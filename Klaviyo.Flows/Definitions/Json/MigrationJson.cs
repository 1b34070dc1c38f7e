using System.Buffers;
using System.Text;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>A migration as the store keeps it until it is done.</summary>
/// <remarks><c>{"version": 2, "delays": "recompute", "steps": [{"step": "a", "to": "b"}, {"step": "c"}]}</c>.</remarks>
internal static class MigrationJson
{
    private static readonly string[] Delays = ["keep", "recompute"];

    internal static string Write(int version, FlowMigration migration)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteNumber("version", version);
        writer.WriteString("delays", Delays[(int)migration.Delays]);
        writer.WriteStartArray("steps");
        foreach (var step in migration.Steps)
        {
            writer.WriteStartObject();
            writer.WriteString("step", step.Step);
            ActionField.WriteText(writer, "to", step.To);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    internal static (int Version, FlowMigration Migration) Read(string text)
    {
        using var document = DefinitionText.Parse(text);
        var node = new DefinitionNode(document.RootElement, "$", inFlow: true);
        node.Allow("version", "delays", "steps");
        var migration = new FlowMigration
        {
            Delays = (DelayMigration)WordJson.IndexIn(Delays, node.Required("delays"), "what becomes of delays"),
            Steps = ValueList.Of(node.Required("steps").Items().Select(ReadStep)),
        };
        return (node.Required("version").Integer(1, int.MaxValue), migration);
    }

    private static StepMigration ReadStep(DefinitionNode node) =>
        new(node.Required("step").Name(), ActionField.Text(node, "to"));
}
