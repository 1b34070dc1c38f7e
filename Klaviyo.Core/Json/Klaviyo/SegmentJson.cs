using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>Segment definitions from and to JSON.</summary>
/// <remarks>
/// The definition itself, or a request body of Klaviyo's API around it: <c>{"data": {"attributes": {"definition": …}}}</c>.
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
public static class SegmentJson
{
    // Klaviyo's paths have apostrophes, which the default encoder would write as escapes.
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = DefinitionText.DepthMax,
    };

    /// <summary>Reads a definition.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="DefinitionException">Not JSON, or not a definition; path and message say where and why.</exception>
    public static SegmentDefinition Parse(string json) => Parse(json, DefinitionEnvironment.Empty);

    /// <summary>Reads a definition.</summary>
    /// <param name="json">The text.</param>
    /// <param name="environment">What it may need beside its text, e.g. where postal codes are.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="DefinitionException">Not JSON, or not a definition; path and message say where and why.</exception>
    public static SegmentDefinition Parse(string json, DefinitionEnvironment environment)
    {
        using var document = DefinitionText.Parse(json);
        return Parse(new DefinitionNode(document.RootElement, "$", inFlow: false, environment));
    }

    /// <summary>Reads a definition.</summary>
    /// <param name="element">The JSON.</param>
    /// <param name="path">Where it stands, for errors, e.g. <c>$</c>.</param>
    /// <exception cref="DefinitionException">Not a definition; path and message say where and why.</exception>
    public static SegmentDefinition Parse(JsonElement element, string path) => Parse(new DefinitionNode(element, path, inFlow: false));

    /// <summary>Writes a definition.</summary>
    /// <returns>The text that the definition was read from, byte for byte; for one made in code, compact JSON.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="definition"/> is null.</exception>
    public static string Write(SegmentDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return definition.Source ?? Write(definition.Root);
    }

    /// <summary>Writes a condition as compact JSON.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="condition"/> is null.</exception>
    public static string Write(Condition condition)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Plain);
        ConditionJson.Write(writer, condition);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static SegmentDefinition Parse(DefinitionNode root)
    {
        var node = Unwrapped(root);
        return new SegmentDefinition(ConditionJson.Parse(node), node.Element.GetRawText());
    }

    private static DefinitionNode Unwrapped(DefinitionNode node)
    {
        foreach (var name in (ReadOnlySpan<string>)["data", "attributes", "definition"])
        {
            node = node.Has(name) ? node.Required(name) : node;
        }

        return node;
    }
}
