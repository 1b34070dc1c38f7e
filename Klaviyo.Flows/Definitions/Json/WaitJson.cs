using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Waits from and to JSON.</summary>
internal static class WaitJson
{
    private static readonly string[] Since = ["step", "flow"];
    private static readonly string[] OfEvents = ["metric_filters", "since", "same"];

    internal static Step ReadBackInStock(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        ActionField.AllowNoData(node);
        return new BackInStockDelayStep { Id = StepNames.IdOf(node), Next = names.Link(node, "next") };
    }

    internal static Step ReadUntil(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("branches", "timeout");
        var timeout = data.Optional("timeout");
        var branches = data.Required("branches");
        BranchJson.RefuseEqualIds(branches);
        return branches.Items().Count > 0 || !timeout.IsMissing
            ? new WaitUntilStep
            {
                Id = StepNames.IdOf(node),
                Branches = ValueList.Of(branches.Items().Select(b => ReadBranch(b, names))),
                TimeoutMs = timeout.IsMissing ? null : LengthJson.Read(timeout),
                Next = names.Link(node, "next"),
            }
            : throw branches.Error("something to wait for is expected, or a timeout");
    }

    internal static Step ReadWindow(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("timezone", "from", "until", "weekdays");
        return new WaitForWindowStep
        {
            Id = StepNames.IdOf(node),
            Timezone = LocalTimeJson.Zone(data.Optional("timezone")),
            From = LocalTimeJson.Time(data.Required("from"))!.Value,
            Until = LocalTimeJson.Time(data.Required("until"))!.Value,
            Weekdays = LocalTimeJson.Days(data.Optional("weekdays")),
            Next = names.Link(node, "next"),
        };
    }

    internal static Step ReadRandom(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("at_least", "at_most");
        var (least, most) = (LengthJson.Read(data.Required("at_least")), LengthJson.Read(data.Required("at_most")));
        return most >= least
            ? new RandomDelayStep { Id = StepNames.IdOf(node), AtLeastMs = least, AtMostMs = most, Next = names.Link(node, "next") }
            : throw data.Required("at_most").Error("the longest wait is shorter than the least");
    }

    internal static Step ReadRate(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("count", "per");
        var count = data.Required("count").Integer(1, RateLimit.CountMax);
        var per = TimeSpan.FromMilliseconds(LengthJson.Read(data.Required("per")));
        return per > TimeSpan.Zero && per <= RateLimit.WindowMax
            ? new RateLimitStep { Id = StepNames.IdOf(node), Limit = new RateLimit(count, per), Next = names.Link(node, "next") }
            : throw data.Required("per").Error($"a length of at most {RateLimit.WindowMax.Days} days is expected");
    }

    internal static void Write(Utf8JsonWriter writer, RateLimitStep rate)
    {
        rate.Limit.Validate(nameof(RateLimitStep.Limit));
        ArgumentOutOfRangeException.ThrowIfNotEqual(rate.Limit.WindowMs % 1000, 0, nameof(RateLimit.Window));
        writer.WriteNumber("count", rate.Limit.Count);
        LengthJson.Write(writer, "per", rate.Limit.WindowMs);
    }

    internal static void Write(Utf8JsonWriter writer, WaitUntilStep wait)
    {
        writer.WriteStartArray("branches");
        foreach (var branch in wait.Branches)
        {
            Write(writer, branch);
        }

        writer.WriteEndArray();
        if (wait.TimeoutMs is { } timeout)
        {
            LengthJson.Write(writer, "timeout", timeout);
        }
    }

    internal static void Write(Utf8JsonWriter writer, WaitForWindowStep wait)
    {
        writer.WriteString("timezone", wait.Timezone);
        LocalTimeJson.WriteTime(writer, "from", wait.From);
        LocalTimeJson.WriteTime(writer, "until", wait.Until);
        LocalTimeJson.WriteDays(writer, "weekdays", wait.Weekdays);
    }

    internal static void Write(Utf8JsonWriter writer, RandomDelayStep wait)
    {
        LengthJson.Write(writer, "at_least", wait.AtLeastMs);
        LengthJson.Write(writer, "at_most", wait.AtMostMs);
    }

    private static WaitBranch ReadBranch(DefinitionNode node, StepNames names)
    {
        node.Allow("branch_id", "metric_id", "metric_filters", "since", "same", "branch_filter", "links");
        LinkJson.AllowNext(node);
        var branch = new WaitBranch(node.Required("branch_id").Name(), names.Link(node, "next"))
        {
            Metric = ActionField.Text(node, "metric_id"),
            Filters = FilterList.Read(node.Optional("metric_filters")),
            SinceStart = WordJson.IndexIn(Since, node.Optional("since"), "a moment", 0) == 1,
            SameAs = node.Optional("same") is { IsMissing: false } same ? new PropertyPath(same.Name()) : null,
            Filter = ConditionField.Read(node, "branch_filter"),
        };
        if ((branch.Metric is null) == (branch.Filter is null))
        {
            throw node.Error("a branch waits for an event, metric_id, or for a condition, branch_filter");
        }

        if (branch.Filter is not null)
        {
            foreach (var field in OfEvents.Where(f => !node.Optional(f).IsMissing))
            {
                node.Required(field).Refuse("is asked of an event; here a condition is waited for");
            }
        }

        return branch;
    }

    private static void Write(Utf8JsonWriter writer, WaitBranch branch)
    {
        writer.WriteStartObject();
        writer.WriteString("branch_id", branch.Id);
        ActionField.WriteText(writer, "metric_id", branch.Metric);
        FilterList.Write(writer, "metric_filters", branch.Filters);
        ActionField.WriteText(writer, "since", branch.SinceStart ? Since[1] : null);
        ActionField.WriteText(writer, "same", branch.SameAs?.Text);
        ConditionField.Write(writer, "branch_filter", branch.Filter);
        LinkJson.Write(writer, branch.Next);
        writer.WriteEndObject();
    }
}
