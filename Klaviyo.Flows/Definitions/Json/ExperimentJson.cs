using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Tests of several messages from and to JSON.</summary>
internal static class ExperimentJson
{
    private static readonly KeptFields Kept = new()
    {
        Texts = ["id", "name", "started", "winner_metric"],
        Objects = ["automatic_winner_selection_settings"],
    };

    private static readonly string[] Statuses = ["completed", "draft", "live"];

    internal static Step Read(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var type = node.Required("type").Text();
        var data = node.Required("data");
        data.Allow("status", "experiment_status", "main_action", "current_experiment");
        var status = data.Optional("experiment_status");
        _ = WordJson.IndexIn(Statuses, status, "a status of an experiment", 0);
        var step = new ExperimentStep(type)
        {
            Id = StepNames.IdOf(node),
            Status = ActionField.Status(data),
            ExperimentStatus = status.IsMissing ? null : status.Text(),
            Main = Message(data.Required("main_action"), names, node),
            Next = names.Link(node, "next"),
        };
        return data.Optional("current_experiment") is { IsMissing: false } experiment ? With(step, experiment, names, node) : step;
    }

    internal static void Write(Utf8JsonWriter writer, ExperimentStep step)
    {
        ActionField.WriteStatus(writer, step.Status);
        ActionField.WriteText(writer, "experiment_status", step.ExperimentStatus);
        writer.WritePropertyName("main_action");
        StepJson.Write(writer, step.Main);
        if (step.Options.Count == 0 && step.Variations.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("current_experiment");
        ActionField.WriteOptions(writer, step.Options);
        writer.WriteStartArray("variations");
        foreach (var variation in step.Variations)
        {
            StepJson.Write(writer, variation);
        }

        writer.WriteEndArray();
        if (step.Allocations.Count > 0)
        {
            writer.WritePropertyName("allocations");
            PropertyJson.Write(writer, step.Allocations);
        }

        writer.WriteEndObject();
    }

    private static ExperimentStep With(ExperimentStep step, DefinitionNode node, StepNames names, DefinitionNode action)
    {
        node.Allow(["variations", "allocations", .. Kept.Names]);
        RefuseAutomaticWinner(step, node.Optional("automatic_winner_selection_settings"));
        var allocations = node.Optional("allocations");
        var read = step with
        {
            Variations = ValueList.Of(node.Required("variations").Items().Select(v => Message(v, names, action))),
            Allocations = allocations.IsMissing ? [] : allocations.Map(),
            Options = Kept.Read(node),
        };
        if (Enumerable.Range(0, read.Variations.Count).DistinctBy(read.NameOf).Count() < read.Variations.Count)
        {
            throw node.Required("variations").Error("each variation has an id of its own");
        }

        RefuseAllocations(read, allocations);
        return read;
    }

    private static void RefuseAllocations(ExperimentStep step, DefinitionNode allocations)
    {
        var known = step.Variations.Select(v => v.Id).ToArray();
        if (step.Allocations.Count > 0 && known.Contains(""))
        {
            allocations.Refuse("a variation without an id cannot be named, and so has no share: give it one");
            return;
        }

        var sum = 0.0;
        foreach (var (id, share) in step.Allocations.AsSpan())
        {
            var node = allocations.Optional(id);
            if (!known.Contains(id))
            {
                node.Refuse($"is not a variation: {string.Join(", ", known)}");
            }
            else if (share.Kind != PropertyKind.Number || share.AsNumber() < 0)
            {
                node.Refuse($"the share of a variation is a number that is not negative, not {node.Element.GetRawText()}");
            }
            else
            {
                sum += share.AsNumber();
            }
        }

        if (step.Allocations.Count > 0 && sum is 0 or double.PositiveInfinity)
        {
            allocations.Refuse($"the share of a variation is a number, by its id, and all together come to more than nothing: {string.Join(", ", known)}");
        }
    }

    private static void RefuseAutomaticWinner(ExperimentStep step, DefinitionNode settings)
    {
        if (step.ExperimentStatus == "live" && !settings.IsMissing && ActionField.Switch(settings, "enabled"))
        {
            settings.Required("enabled").Refuse("nothing picks a winner by itself here: switch it off, and complete the experiment by hand");
        }
    }

    // A message leads where the experiment leads, whatever it says itself.
    private static SendStep Message(DefinitionNode node, StepNames names, DefinitionNode action)
    {
        var message = StepJson.Read(node, names) as SendStep ?? throw node.Required("type").Error("a message is expected");
        if (message.Next is not null && message.Next != names.Link(action, "next"))
        {
            node.Required("links").Refuse("a message of an experiment leads where the experiment leads");
        }

        return message;
    }
}
