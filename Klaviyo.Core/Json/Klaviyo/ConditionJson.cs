using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>Conditions from and to JSON: Klaviyo's, and ours.</summary>
/// <remarks>
/// Wherever a condition may stand there may also stand <c>{"and": […]}</c>, <c>{"or": […]}</c>, <c>{"not": …}</c> or
/// Klaviyo's <c>{"condition_groups": […]}</c>, <see cref="NestingMax"/> deep.
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
public static class ConditionJson
{
    /// <summary>How many conditions may stand in one another, around the innermost.</summary>
    public const int NestingMax = Parts.NestingMax;

    private const string Types = "profile-property, profile-metric, last-metric, profile-group-membership, "
        + "profile-marketing-consent, profile-permissions, profile-region, profile-postal-code-distance, profile-sample, "
        + "profile-metric-funnel, aggregate, first-time, regularly, stopped, restarted, sequence, "
        + "profile-has-custom-object, related-objects, geo, "
        + "profile-not-sent-email, profile-not-sent-sms, profile-not-sent-push, "
        + "metric-property (in flows), profile-not-in-flow (in flows), run-variable (in flows), action-output (in flows)";

    // What only a profile has; a condition on an object does not ask for it.
    private static readonly string[] OfProfiles =
    [
        "profile-group-membership", "profile-marketing-consent", "profile-permissions", "profile-has-custom-object",
        "related-objects", "metric-property",
    ];

    // Klaviyo's, about things that only Klaviyo has: its catalogue, and the numbers by which it knows properties of objects.
    private static readonly string[] Foreign =
    [
        "custom-object-property", "custom-object-trigger-property", "low-inventory-property", "price-drop-property",
    ];

    /// <summary>Reads a condition.</summary>
    /// <param name="node">The JSON and its path.</param>
    /// <exception cref="DefinitionException">Not a condition; path and message say where and why.</exception>
    public static Condition Parse(DefinitionNode node) => Parse(node, 0);

    /// <summary>Writes a condition.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void Write(Utf8JsonWriter writer, Condition condition)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(condition);
        if (condition is ForeignCondition foreign)
        {
            writer.WriteRawValue(foreign.Json, skipInputValidation: true);
            return;
        }

        writer.WriteStartObject();
        switch (condition)
        {
            case AndCondition and:
                WriteAll(writer, "and", and.Conditions);
                break;
            case OrCondition or:
                WriteAll(writer, "or", or.Conditions);
                break;
            case NotCondition not:
                writer.WritePropertyName("not");
                Write(writer, not.Negated);
                break;
            case GroupsCondition groups:
                WriteGroups(writer, groups);
                break;
            case ProfilePropertyCondition property:
                ProfilePropertyJson.Write(writer, property);
                break;
            case HasBeenCondition hasBeen:
                ProfilePropertyJson.Write(writer, hasBeen);
                break;
            case LastMetricCondition last:
                LastMetricJson.Write(writer, last);
                break;
            case ProfileMetricCondition metric:
                ProfileMetricJson.Write(writer, metric);
                break;
            case AggregateCondition aggregate:
                MetricConditionJson.Write(writer, aggregate);
                break;
            case FirstTimeCondition first:
                MetricConditionJson.Write(writer, first);
                break;
            case RegularlyCondition regularly:
                MetricConditionJson.Write(writer, regularly);
                break;
            case StoppedCondition stopped:
                MetricConditionJson.Write(writer, stopped);
                break;
            case RestartedCondition restarted:
                MetricConditionJson.Write(writer, restarted);
                break;
            case SequenceCondition sequence:
                SequenceJson.Write(writer, sequence);
                break;
            case MetricFunnelCondition funnel:
                SequenceJson.Write(writer, funnel);
                break;
            case RelatedObjectsCondition related:
                RelatedJson.Write(writer, related);
                break;
            case CustomObjectCondition customObject:
                RelatedJson.Write(writer, customObject);
                break;
            case GeoCondition geo:
                GeoJson.Write(writer, geo);
                break;
            case GroupMembershipCondition membership:
                GroupMembershipJson.Write(writer, membership);
                break;
            case MetricPropertyCondition trigger:
                MetricPropertyJson.Write(writer, trigger);
                break;
            case MarketingConsentCondition consent:
                MarketingConsentJson.Write(writer, consent);
                break;
            case ProfilePermissionsCondition permissions:
                ProfilePermissionsJson.Write(writer, permissions);
                break;
            case ProfileRegionCondition region:
                PlaceJson.Write(writer, region);
                break;
            case PostalCodeDistanceCondition distance:
                PlaceJson.Write(writer, distance);
                break;
            case NotInFlowCondition notInFlow:
                FlowConditionJson.Write(writer, notInFlow);
                break;
            case RunVariableCondition variable:
                FlowConditionJson.Write(writer, variable);
                break;
            case ActionOutputCondition output:
                FlowConditionJson.Write(writer, output);
                break;
            case NotReceivedCondition notReceived:
                FlowConditionJson.Write(writer, notReceived);
                break;
            case RandomSampleCondition sample:
                RandomSampleJson.Write(writer, sample);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(condition), condition, "No JSON for this condition.");
        }

        writer.WriteEndObject();
    }

    private static Condition Parse(DefinitionNode node, int depth)
    {
        if (depth > NestingMax)
        {
            throw node.Error(Parts.TooDeep);
        }

        if (node.Has("and"))
        {
            node.Allow("and");
            return new AndCondition(ParseAll(node.Required("and"), depth));
        }

        if (node.Has("or"))
        {
            node.Allow("or");
            return new OrCondition(ParseAll(node.Required("or"), depth));
        }

        if (node.Has("not"))
        {
            node.Allow("not");
            return new NotCondition(Parse(node.Required("not"), depth + 1));
        }

        return node.Has("condition_groups") ? ParseGroups(node, depth) : ParseTyped(node, depth);
    }

    private static Condition ParseTyped(DefinitionNode node, int depth)
    {
        var type = node.Required("type");
        return type.Text() switch
        {
            var other when node.OfObject && OfProfiles.Contains(other) =>
                throw type.Error($"'{other}' asks about a profile; here an object is asked"),
            "profile-property" => ProfilePropertyJson.Parse(node),
            "profile-metric" => ProfileMetricJson.Parse(node),
            "last-metric" => LastMetricJson.Parse(node),
            "profile-group-membership" => GroupMembershipJson.Parse(node),
            "profile-marketing-consent" => MarketingConsentJson.Parse(node),
            "profile-permissions" => ProfilePermissionsJson.Parse(node),
            "profile-region" => PlaceJson.ParseRegion(node),
            "profile-postal-code-distance" => PlaceJson.ParseDistance(node),
            "profile-predictive-analytics" => PredictiveAnalyticsJson.Parse(node),
            "aggregate" => MetricConditionJson.ParseAggregate(node),
            "first-time" => MetricConditionJson.ParseFirstTime(node),
            "regularly" => MetricConditionJson.ParseRegularly(node),
            "stopped" => MetricConditionJson.ParseStopped(node),
            "restarted" => MetricConditionJson.ParseRestarted(node),
            "sequence" => SequenceJson.ParseSequence(node),
            "profile-metric-funnel" => SequenceJson.ParseFunnel(node),
            "profile-has-custom-object" => RelatedJson.ParseCustomObject(node),
            "related-objects" => RelatedJson.ParseRelated(node, where => Parse(where, depth + 1)),
            "geo" => GeoJson.Parse(node),
            "profile-sample" => RandomSampleJson.Parse(node),
            "metric-property" when node.InFlow => MetricPropertyJson.Parse(node),
            "metric-property" => throw type.Error("'metric-property' asks about the event that started a flow; a segment has none"),
            "profile-not-in-flow" when node.InFlow => FlowConditionJson.ParseNotInFlow(node),
            "run-variable" when node.InFlow => FlowConditionJson.ParseVariable(node),
            "action-output" when node.InFlow => FlowConditionJson.ParseOutput(node),
            "profile-not-in-flow" or "run-variable" or "action-output" =>
                throw type.Error($"'{type.Text()}' has a meaning in flows only"),
            "profile-not-sent-email" or "profile-not-sent-sms" or "profile-not-sent-push" =>
                FlowConditionJson.ParseNotReceived(node, type.Text()),
            var other when Foreign.Contains(other) => FlowConditionJson.ParseForeign(node, type, $"the condition '{other}' has no meaning here"),
            var other => throw type.Error($"'{other}' is not a type of condition: {Types}"),
        };
    }

    private static GroupsCondition ParseGroups(DefinitionNode node, int depth)
    {
        node.Allow("condition_groups");
        var groups = new List<OrCondition>();
        foreach (var group in node.Required("condition_groups").Items())
        {
            group.Allow("conditions");
            var conditions = group.Required("conditions");
            groups.Add(new OrCondition(ParseAll(conditions, depth)));
            if (groups[^1].Conditions.Count == 0)
            {
                throw conditions.Error("at least one condition is expected: a group without any would hold for nobody");
            }
        }

        return new GroupsCondition(ValueList.Of(groups));
    }

    // A loop and no query: what is nested takes its turns on the stack.
    private static ValueList<Condition> ParseAll(DefinitionNode node, int depth)
    {
        var items = node.Items();
        var conditions = new Condition[items.Count];
        for (var i = 0; i < conditions.Length; i++)
        {
            conditions[i] = Parse(items[i], depth + 1);
        }

        return ValueList.Owning(conditions);
    }

    private static void WriteAll(Utf8JsonWriter writer, string name, ValueList<Condition> conditions)
    {
        writer.WriteStartArray(name);
        foreach (var condition in conditions)
        {
            Write(writer, condition);
        }

        writer.WriteEndArray();
    }

    private static void WriteGroups(Utf8JsonWriter writer, GroupsCondition condition)
    {
        writer.WriteStartArray("condition_groups");
        foreach (var group in condition.Groups)
        {
            writer.WriteStartObject();
            WriteAll(writer, "conditions", group.Conditions);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
