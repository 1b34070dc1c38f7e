using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>Segment definitions from and to JSON.</summary>
/// <remarks>
/// <para>The definition itself, or what Klaviyo's API has around it, <c>{"data": {"type": "segment", "attributes": {"name": …,
/// "definition": …}}}</c>, or its attributes. What these say beside the definition is not kept; what they do not have there is
/// refused, and so is <c>is_active</c> where it is false: a segment that is defined is active.</para>
/// <para>Conditions may stand in one another <see cref="ConditionJson.NestingMax"/> deep.</para>
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
    /// <returns>
    /// A text that is read back as an equal condition. Of a part that was read from JSON it need not be the text that it was read
    /// from: members have their usual order, numbers and characters their usual spelling, and what is so without being said may be
    /// left out. The text of a whole definition is given back by <see cref="Write(SegmentDefinition)"/>.
    /// </returns>
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

    // The text that is kept for a definition. One that was made in code can say what no text says; what is kept is read back.
    internal static string WriteToKeep(SegmentDefinition definition)
    {
        var text = Write(definition);
        return definition.Source is not null || PlaceOfDifference(definition.Root, Parse(text).Root, "$") is not { } place
            ? text
            : throw new DefinitionException(place, "what stands here is read back as another condition than the one that was given");
    }

    private static string? PlaceOfDifference(Condition given, Condition read, string path)
    {
        return given.Equals(read) ? null : (given, read) switch
        {
            (NotCondition g, NotCondition r) => PlaceOfDifference(g.Negated, r.Negated, $"{path}.not"),
            (AndCondition g, AndCondition r) => PlaceOfDifference(g.Conditions, r.Conditions, $"{path}.and"),
            (OrCondition g, OrCondition r) => PlaceOfDifference(g.Conditions, r.Conditions, $"{path}.or"),
            (GroupsCondition g, GroupsCondition r) => PlaceOfDifference(g, r, $"{path}.condition_groups"),
            _ => path,
        };
    }

    private static string PlaceOfDifference(GroupsCondition given, GroupsCondition read, string path)
    {
        var group = given.Groups.Zip(read.Groups).TakeWhile(g => g.First.Equals(g.Second)).Count();
        var inside = string.Create(CultureInfo.InvariantCulture, $"{path}[{group}].conditions");
        return group < given.Groups.Count && group < read.Groups.Count
            ? PlaceOfDifference(given.Groups[group].Conditions, read.Groups[group].Conditions, inside)
            : path;
    }

    private static string PlaceOfDifference(ValueList<Condition> given, ValueList<Condition> read, string path)
    {
        var part = given.Zip(read).TakeWhile(p => p.First.Equals(p.Second)).Count();
        return part < given.Count && part < read.Count
            ? PlaceOfDifference(given[part], read[part], string.Create(CultureInfo.InvariantCulture, $"{path}[{part}]")) ?? path
            : path;
    }

    private static DefinitionNode Unwrapped(DefinitionNode node)
    {
        if (node.Has("data"))
        {
            node.Allow("data", "included", "links", "meta");
            node = node.Required("data");
        }

        var isWrapped = node.Has("attributes");
        if (isWrapped)
        {
            node.Allow("type", "id", "attributes", "relationships", "links");
            if (node.Optional("type") is { IsMissing: false } type && type.Text() != "segment")
            {
                throw type.Expected("'segment'");
            }

            node = node.Required("attributes");
        }

        if (!isWrapped && !node.Has("definition"))
        {
            return node;
        }

        node.Allow("name", "definition", "created", "updated", "is_active", "is_processing", "is_starred", "profile_count");
        return node.Optional("is_active") is { IsMissing: false } active && !active.Boolean()
            ? throw active.Error("a segment that is defined is active: leave it out, or do not define the segment")
            : node.Required("definition");
    }
}
