using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Splits with many ways from and to JSON: each branch has its own links.</summary>
internal static class BranchJson
{
    internal static Step ReadMulti(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNone(node);
        var data = node.Optional("data").OrEmpty("the branches");
        data.Allow("branches", "name");
        var branches = data.Optional("branches");
        if (branches.IsMissing || branches.Items().Count == 0)
        {
            branches.Refuse("is missing: the branches are expected");
        }
        else
        {
            RefuseEqualIds(branches);
            RefuseSecondElse(branches);
        }

        return new MultiBranchSplitStep
        {
            Id = StepNames.IdOf(node),
            Name = ActionField.Text(data, "name") ?? "",
            Branches = branches.IsMissing ? [] : ValueList.Of(branches.Items().Select(b => ReadBranch(b, names))),
        };
    }

    internal static Step ReadRandom(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNone(node);
        var data = node.Required("data");
        data.Allow("salt", "branches");
        var branches = data.Required("branches");
        RefuseEqualIds(branches);
        var read = ValueList.Of(branches.Items().Select(b => ReadWeighted(b, names)));
        var sum = read.Sum(b => b.Weight);
        if (!double.IsFinite(sum))
        {
            branches.Refuse("the weights of the branches come to too much");
        }

        return sum > 0
            ? new RandomSplitStep { Id = StepNames.IdOf(node), Salt = ActionField.Text(data, "salt"), Branches = read }
            : throw branches.Error("the weights of the branches come to nothing");
    }

    internal static Step ReadSwitch(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("on", "cases");
        return new SwitchStep
        {
            Id = StepNames.IdOf(node),
            Value = ValueSourceJson.Read(data.Required("on")),
            Cases = ValueList.Of(data.Required("cases").Items().Select(c => ReadCase(c, names))),
            Next = names.Link(node, "next"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, MultiBranchSplitStep split)
    {
        writer.WriteStartArray("branches");
        foreach (var branch in split.Branches)
        {
            writer.WriteStartObject();
            writer.WriteString("branch_id", branch.Id);
            if (branch.Order is { } order)
            {
                writer.WriteNumber("order", order);
            }

            writer.WriteBoolean("is_else", branch.IsElse);
            ConditionField.Write(writer, "branch_filter", branch.Filter);
            LinkJson.Write(writer, branch.Next);
            ActionField.WriteText(writer, "name", branch.Name);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("name", split.Name);
    }

    internal static void Write(Utf8JsonWriter writer, RandomSplitStep split)
    {
        ActionField.WriteText(writer, "salt", split.Salt);
        writer.WriteStartArray("branches");
        foreach (var branch in split.Branches)
        {
            writer.WriteStartObject();
            writer.WriteString("branch_id", branch.Id);
            writer.WriteNumber("weight", branch.Weight);
            LinkJson.Write(writer, branch.Next);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    internal static void Write(Utf8JsonWriter writer, SwitchStep split)
    {
        writer.WritePropertyName("on");
        ValueSourceJson.Write(writer, split.Value);
        writer.WriteStartArray("cases");
        foreach (var one in split.Cases)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("value");
            PropertyJson.Write(writer, one.Value);
            LinkJson.Write(writer, one.Next);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Notes ids of branches that are used twice.</summary>
    internal static void RefuseEqualIds(DefinitionNode branches)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in branches.Items().Select(b => b.Required("branch_id")).Where(id => !ids.Add(id.Name())))
        {
            id.Refuse($"'{id.Text()}' is used twice");
        }
    }

    private static void RefuseSecondElse(DefinitionNode branches)
    {
        foreach (var second in branches.Items().Where(b => ActionField.Switch(b, "is_else")).Skip(1))
        {
            second.Required("is_else").Refuse("there is an else already");
        }
    }

    private static SplitBranch ReadBranch(DefinitionNode node, StepNames names)
    {
        node.Allow("branch_id", "order", "is_else", "branch_filter", "links", "name");
        LinkJson.AllowNext(node);
        var order = node.Optional("order");
        var branch = new SplitBranch(node.Required("branch_id").Name(), names.Link(node, "next"))
        {
            Order = order.IsMissing ? null : order.Integer(int.MinValue, int.MaxValue),
            IsElse = ActionField.Switch(node, "is_else"),
            Filter = ConditionField.Read(node, "branch_filter"),
            Name = ActionField.Text(node, "name"),
        };
        if (branch is { IsElse: false, Filter: null })
        {
            node.Optional("branch_filter").Refuse("is missing: a branch has a condition, or is_else");
        }

        if (branch is { IsElse: true, Filter: not null })
        {
            node.Required("branch_filter").Refuse("an else has no condition: it is where no other holds");
        }

        return branch;
    }

    private static WeightedBranch ReadWeighted(DefinitionNode node, StepNames names)
    {
        node.Allow("branch_id", "weight", "links");
        LinkJson.AllowNext(node);
        var weight = node.Required("weight");
        return weight.Number() >= 0
            ? new WeightedBranch(node.Required("branch_id").Name(), weight.Number(), names.Link(node, "next"))
            : throw weight.Expected("a number that is not negative");
    }

    private static SwitchCase ReadCase(DefinitionNode node, StepNames names)
    {
        node.Allow("value", "links");
        LinkJson.AllowNext(node);
        if (!node.Has("value"))
        {
            throw node.Optional("value").Expected("a value, also null,");
        }

        return new SwitchCase(node.Optional("value").Value(), names.Link(node, "next"));
    }
}
