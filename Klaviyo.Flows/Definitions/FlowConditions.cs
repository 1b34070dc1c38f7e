namespace Klaviyo.Flows.Definitions;

/// <summary>All conditions that a definition asks.</summary>
internal static class FlowConditions
{
    /// <summary>Gets what the answers of all conditions depend on, and the lists and segments that start runs.</summary>
    internal static DependencySet Reads(FlowDefinition definition, ValueList<Step> steps)
    {
        var reads = new DependencySet();
        foreach (var condition in Of(definition, steps))
        {
            condition.AddDependencies(reads);
        }

        reads.Groups.UnionWith(definition.Triggers.Select(Group).OfType<string>());
        return reads;
    }

    /// <summary>Gets all names of what a definition waits for and asks about.</summary>
    internal static DependencySet Names(FlowDefinition definition, ValueList<Step> steps)
    {
        var names = Reads(definition, steps);
        names.Metrics.UnionWith(definition.Triggers.OfType<MetricTrigger>().Select(t => t.Metric));
        names.Groups.UnionWith(definition.Triggers.OfType<ListTrigger>().Select(t => t.List));
        names.Properties.UnionWith(definition.Triggers.OfType<PropertyChangedTrigger>().Select(t => t.Property));
        return names;
    }

    private static string? Group(FlowTrigger trigger)
    {
        return trigger switch
        {
            SegmentTrigger segment => segment.Segment,
            ScheduleTrigger schedule => schedule.Group,
            _ => null,
        };
    }

    private static IEnumerable<Condition> Of(FlowDefinition definition, ValueList<Step> steps)
    {
        return definition.Triggers.OfType<MetricTrigger>().Select(t => t.Filter)
            .Append(definition.ProfileFilter)
            .Concat(steps.SelectMany(Of))
            .OfType<Condition>();
    }

    private static IEnumerable<Condition?> Of(Step step)
    {
        return step switch
        {
            SendStep send => [send.AdditionalFilter],
            ConditionalSplitStep split => [split.Filter],
            TriggerSplitStep split => [split.Filter],
            ActionOutputSplitStep split => [split.Filter],
            MultiBranchSplitStep split => split.Branches.Select(b => b.Filter),
            WaitUntilStep wait => wait.Branches.Select(b => b.Filter),
            GoalStep goal => [goal.Filter],
            _ => [],
        };
    }
}
