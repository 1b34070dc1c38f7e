using System.Text.Json;

namespace Klaviyo.Json;

// Our sequence, and Klaviyo's profile-metric-funnel.
internal static class SequenceJson
{
    private static readonly OperatorNames<SequenceAnchor> Anchors = new(
        ("previous", SequenceAnchor.Previous), ("first", SequenceAnchor.First));

    // Klaviyo's times of completion, in the order of its schema.
    private static readonly (string Name, TimeStep Step)[] Completions =
    [
        ("HOURS_1", new(1, TimeUnit.Hour)), ("DAYS_1", new(1, TimeUnit.Day)), ("DAYS_3", new(3, TimeUnit.Day)),
        ("DAYS_5", new(5, TimeUnit.Day)), ("WEEKS_1", new(1, TimeUnit.Week)), ("DAYS_30", new(30, TimeUnit.Day)),
        ("DAYS_90", new(90, TimeUnit.Day)), ("DAYS_180", new(180, TimeUnit.Day)), ("YEARS_1", new(1, TimeUnit.Year)),
    ];

    internal static SequenceCondition ParseSequence(DefinitionNode node)
    {
        node.Allow("type", "key", "timeframe_filter", "steps");
        var list = node.Required("steps");
        var nodes = list.Items();
        var steps = nodes.Select(ParseStep).ToArray();
        var first = ((ReadOnlySpan<SequenceStep>)steps).FirstHappened();
        if (first == steps.Length)
        {
            throw list.Error("at least one step that happened is expected");
        }

        for (var i = 0; i <= first; i++)
        {
            if (steps[i].Within is not null)
            {
                throw nodes[i].Required("within").Error("there is no event before this step from which to count a time");
            }
        }

        var key = node.Optional("key");
        var window = node.Optional("timeframe_filter");
        return new SequenceCondition
        {
            Steps = ValueList.Create<SequenceStep>(steps),
            Window = window.IsMissing ? new AlltimeDateFilter() : DateFilterJson.Parse(window),
            Key = key.IsMissing ? null : new PropertyPath(key.Name()),
        };
    }

    internal static MetricFunnelCondition ParseFunnel(DefinitionNode node)
    {
        node.Allow("type", "timeframe_filter", "completion_window_seconds", "steps");
        var completion = node.Optional("completion_window_seconds");
        return new MetricFunnelCondition
        {
            Steps = ValueList.Of(node.Required("steps").Items().Select(ParseFunnelStep)),
            Window = DateFilterJson.Parse(node.Required("timeframe_filter")),
            Completion = completion.IsMissing ? null : ParseCompletion(completion),
            AnyTime = Spelling.OfNothing(completion),
        };
    }

    internal static void Write(Utf8JsonWriter writer, SequenceCondition condition)
    {
        writer.WriteString("type", "sequence");
        if (condition.Key is not null)
        {
            writer.WriteString("key", condition.Key.Text);
        }

        if (condition.Window is not AlltimeDateFilter)
        {
            writer.WritePropertyName("timeframe_filter");
            FilterJson.Write(writer, condition.Window);
        }

        writer.WriteStartArray("steps");
        foreach (var step in condition.Steps)
        {
            WriteStep(writer, step);
        }

        writer.WriteEndArray();
    }

    internal static void Write(Utf8JsonWriter writer, MetricFunnelCondition condition)
    {
        writer.WriteString("type", "profile-metric-funnel");
        writer.WritePropertyName("timeframe_filter");
        FilterJson.Write(writer, condition.Window);
        if (condition.Completion is { } completion)
        {
            var name = Array.Find(Completions, c => c.Step == completion).Name
                ?? throw new ArgumentOutOfRangeException(nameof(condition), completion, "No JSON for this time of completion.");
            writer.WriteString("completion_window_seconds", name);
        }
        else
        {
            Spelling.WriteNothing(writer, "completion_window_seconds", condition.AnyTime);
        }

        writer.WriteStartArray("steps");
        foreach (var step in condition.Steps)
        {
            writer.WriteStartObject();
            writer.WriteBoolean("metric_exists", step.Happened);
            writer.WriteString("metric_id", step.Metric);
            PropertyFilterJson.WriteAll(writer, "metric_filters", step.Where, step.NoFilters);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static SequenceStep ParseStep(DefinitionNode node)
    {
        node.Allow("metric_id", "happened", "metric_filters", "within", "key");
        var happened = node.Optional("happened");
        var within = node.Optional("within");
        var key = node.Optional("key");
        var step = new SequenceStep
        {
            Metric = node.Required("metric_id").Name(),
            Happened = happened.IsMissing || happened.Boolean(),
            Where = PropertyFilterJson.ParseAll(node.Optional("metric_filters")),
            Key = key.IsMissing ? null : new PropertyPath(key.Name()),
        };
        return within.IsMissing ? step : WithTime(step, within);
    }

    private static SequenceStep WithTime(SequenceStep step, DefinitionNode within)
    {
        within.Allow("quantity", "unit", "of");
        var anchor = within.Optional("of");
        return step with
        {
            Within = DateFilterJson.ParseSpan(within),
            Anchor = anchor.IsMissing ? SequenceAnchor.Previous : anchor.Operator(Anchors, "an anchor"),
        };
    }

    private static SequenceStep ParseFunnelStep(DefinitionNode node)
    {
        node.Allow("metric_exists", "metric_id", "metric_filters");
        return new SequenceStep
        {
            Metric = node.Required("metric_id").Name(),
            Happened = node.Required("metric_exists").Boolean(),
            Where = PropertyFilterJson.ParseAll(node.Optional("metric_filters")),
            NoFilters = Spelling.OfNothing(node.Optional("metric_filters")),
        };
    }

    private static TimeStep ParseCompletion(DefinitionNode node)
    {
        var found = Array.Find(Completions, c => c.Name == node.Text());
        return found.Name is not null
            ? found.Step
            : throw node.Error($"'{node.Text()}' is not a time of completion: {string.Join(", ", Completions.Select(c => c.Name))}");
    }

    private static void WriteStep(Utf8JsonWriter writer, SequenceStep step)
    {
        writer.WriteStartObject();
        writer.WriteString("metric_id", step.Metric);
        if (!step.Happened)
        {
            writer.WriteBoolean("happened", false);
        }

        if (step.Within is { } within)
        {
            writer.WriteStartObject("within");
            DateFilterJson.WriteSpan(writer, within.Quantity, within.Unit);
            if (step.Anchor != SequenceAnchor.Previous)
            {
                writer.WriteString("of", Anchors.NameOf(step.Anchor));
            }

            writer.WriteEndObject();
        }

        if (step.Key is not null)
        {
            writer.WriteString("key", step.Key.Text);
        }

        PropertyFilterJson.WriteAll(writer, "metric_filters", step.Where);
        writer.WriteEndObject();
    }
}
