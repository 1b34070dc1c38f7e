namespace Klaviyo.Flows.Definitions;

/// <summary>Steps with other links.</summary>
internal static class StepEnds
{
    /// <summary>Gets whether something follows the step by its own link.</summary>
    internal static bool HasNext(Step step) =>
        step is LinearStep or ActionStep or TimeDelayStep or ExperimentStep or SwitchStep or WaitUntilStep;

    /// <summary>Makes the step that leads to another by its own link.</summary>
    internal static Step WithNext(Step step, string? next)
    {
        return step switch
        {
            LinearStep linear => linear with { Next = next },
            ActionStep action => action with { Next = next },
            TimeDelayStep delay => delay with { Next = next },
            ExperimentStep experiment => experiment with { Next = next },
            SwitchStep split => split with { Next = next },
            WaitUntilStep wait => wait with { Next = next },
            _ => throw new InvalidOperationException($"The step '{step.Id}' has no link of its own."),
        };
    }

    /// <summary>Makes the step one of whose branches leads to another.</summary>
    internal static Step WithBranch(Step step, int branch, string? next)
    {
        return step switch
        {
            MultiBranchSplitStep split => split with { Branches = With(split.Branches, branch, b => b with { Next = next }) },
            RandomSplitStep split => split with { Branches = With(split.Branches, branch, b => b with { Next = next }) },
            WaitUntilStep wait => wait with { Branches = With(wait.Branches, branch, b => b with { Next = next }) },
            _ => throw new InvalidOperationException($"The step '{step.Id}' has no branches."),
        };
    }

    /// <summary>Makes the step that leads nowhere, to compare what it says.</summary>
    internal static Step WithoutLinks(Step step)
    {
        return step switch
        {
            SplitStep split => split with { NextIfTrue = null, NextIfFalse = null },
            GotoStep go => go with { Next = null, Target = "" },
            SwitchStep split => split with { Next = null, Cases = ValueList.Of(split.Cases.Select(c => c with { Next = null })) },
            WaitUntilStep wait => wait with { Next = null, Branches = ValueList.Of(wait.Branches.Select(b => b with { Next = null })) },
            MultiBranchSplitStep split => split with { Branches = ValueList.Of(split.Branches.Select(b => b with { Next = null })) },
            RandomSplitStep split => split with { Branches = ValueList.Of(split.Branches.Select(b => b with { Next = null })) },
            _ => HasNext(step) ? WithNext(step, null) : step,
        };
    }

    private static ValueList<T> With<T>(ValueList<T> branches, int branch, Func<T, T> change) =>
        ValueList.Of(branches.Select((b, i) => i == branch ? change(b) : b));
}
