using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Definitions.Json;

namespace Klaviyo.Json;

/// <summary>Flow definitions from and to Klaviyo's JSON.</summary>
/// <remarks>
/// <para>The definition itself, or a request body of Klaviyo's API around it, which also holds the name:
/// <c>{"data": {"attributes": {"name": …, "definition": …}}}</c>.</para>
/// <para>Ours, beyond Klaviyo's: a metric or list is named by its name where Klaviyo has an id, an e-mail may hold its
/// <c>body</c> instead of a <c>template_id</c>, and conditions may be any of ours.</para>
/// <para>All of Klaviyo's grammar is read and written. What has no meaning without Klaviyo's own service (its catalogue, its
/// library of images, its reports) is refused, by name and with its place, when the flow is defined or simulated. An unknown
/// type or field is refused when it is read.</para>
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
public static class FlowJson
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = DefinitionText.DepthMax,
    };

    /// <summary>Reads a definition with its name.</summary>
    /// <param name="json">The text: <c>{"name": …, "definition": …}</c>, or a request body with both.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="DefinitionException">Not JSON, or not a definition; path and message say where and why.</exception>
    public static FlowDefinition Parse(string json) => Read(json, null, DefinitionEnvironment.Empty);

    /// <summary>Reads a definition and gives it a name.</summary>
    /// <param name="json">The text: a definition, or a request body around it, whose own name is not looked at.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null or empty, or <paramref name="json"/> is null.</exception>
    /// <exception cref="DefinitionException">Not JSON, or not a definition; path and message say where and why.</exception>
    public static FlowDefinition Parse(string json, string name)
    {
        return Parse(json, name, DefinitionEnvironment.Empty);
    }

    /// <summary>Writes a definition, without its name.</summary>
    /// <returns>The text that the definition was read from, byte for byte; for one made in code, compact JSON.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="definition"/> is null.</exception>
    public static string Write(FlowDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        if (definition.Source is { } source)
        {
            return source;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Plain);
        Write(writer, definition);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // What conditions need beside their text is that of the store in which the flow runs, whoever has read it before.
    internal static FlowDefinition Parse(string json, string name, DefinitionEnvironment environment)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Read(json, name, environment);
    }

    private static FlowDefinition Read(string json, string? name, DefinitionEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(json);
        using var document = DefinitionText.Parse(json);
        var refusals = new List<DefinitionException>();
        var definition = Read(new DefinitionNode(document.RootElement, "$", inFlow: true, environment).Noting(refusals), name);
        return definition with { Refusals = definition.NotLive is { } around ? [around, .. refusals] : refusals };
    }

    private static FlowDefinition Read(DefinitionNode root, string? name)
    {
        var node = root;
        if (node.Has("data"))
        {
            node.Allow("data", "included", "links", "meta");
            node = node.Required("data");
        }

        if (node.Has("attributes"))
        {
            node.Allow("type", "id", "attributes", "relationships", "links");
            _ = WordJson.IndexIn(["flow"], node.Optional("type"), "a type of what holds a flow", 0);
            node = node.Required("attributes");
        }

        if (!node.Has("definition"))
        {
            return Definition(node, name ?? throw node.Optional("name").Error("is missing: give the flow a name"));
        }

        node.Allow("name", "definition", "status", "archived", "created", "updated", "trigger_type");
        name ??= node.Required("name").Name();
        return Definition(node.Required("definition"), name) with { NotLive = NotLive(node) };
    }

    // A flow that is defined is live: what else it is said to be is another call.
    private static DefinitionException? NotLive(DefinitionNode node)
    {
        var (status, archived) = (node.Optional("status"), node.Optional("archived"));
        return !status.IsMissing && status.Text() != "live"
            ? status.Error($"a flow that is defined is live, not '{status.Text()}': leave it out, and call PauseFlowAsync, or give the actions a status")
            : !archived.IsMissing && archived.Boolean()
                ? archived.Error("a flow that is defined is not archived: leave it out, and call ArchiveFlowAsync")
                : null;
    }

    private static FlowDefinition Definition(DefinitionNode node, string name)
    {
        node.Allow("triggers", "profile_filter", "actions", "entry_action_id", "reentry_criteria");
        var actions = node.Required("actions");
        var steps = StepJson.ReadAll(actions);
        var reentry = node.Optional("reentry_criteria");
        var definition = new FlowDefinition
        {
            Name = name,
            Triggers = TriggerJson.ReadAll(node.Required("triggers")),
            ProfileFilter = ConditionField.Read(node, "profile_filter"),
            Steps = steps.Steps,
            Entry = Entry(node.Optional("entry_action_id"), steps),
            Reentry = reentry.IsMissing ? null : ReentryJson.Read(reentry),
            Source = node.Element.GetRawText(),
        };
        TriggerJson.RefuseSplitOnOther(definition, actions);
        TriggerJson.RefuseDelayWithoutDate(definition, actions);
        TriggerJson.RefuseSameWithoutEvent(definition, actions);
        if (definition.Entry.Length > 0)
        {
            _ = FlowGraph.Of(definition, node.Path);
        }

        return definition;
    }

    // Klaviyo's drafts may have none yet.
    private static string Entry(DefinitionNode node, StepNames steps)
    {
        if (node.IsMissing)
        {
            node.Refuse("is missing: the id of the first action is expected");
            return "";
        }

        return steps.Resolve(node);
    }

    private static void Write(Utf8JsonWriter writer, FlowDefinition definition)
    {
        writer.WriteStartObject();
        TriggerJson.WriteAll(writer, definition.Triggers);
        ConditionField.Write(writer, "profile_filter", definition.ProfileFilter);
        StepJson.WriteAll(writer, definition.Steps);
        writer.WriteString("entry_action_id", definition.Entry.Length > 0 ? definition.Entry : null);
        if (definition.Reentry is { } reentry)
        {
            ReentryJson.Write(writer, reentry);
        }

        writer.WriteEndObject();
    }
}
