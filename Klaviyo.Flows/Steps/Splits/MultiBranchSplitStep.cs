namespace Klaviyo;

/// <summary>Goes the way of the first branch whose condition holds, as of the instant at which the run arrives.</summary>
/// <remarks>
/// Branches are asked by their order, then as they stand. Where none holds, the way is that of the else branch; without one the
/// run ends. A branch that is not the else branch and has no condition is never taken.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record MultiBranchSplitStep : Step
{
    /// <inheritdoc/>
    public override string Type => "multi-branch-split";

    /// <summary>Gets the name for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the branches.</summary>
    public required ValueList<SplitBranch> Branches { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => ValueList.Of(Branches.Select(b => b.Next).Append(null));

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var (first, otherwise) = (-1, Branches.Count);
        var evaluation = context.EvaluationOfRun();
        for (var i = 0; i < Branches.Count; i++)
        {
            var branch = Branches[i];
            if (branch.IsElse)
            {
                otherwise = i;
            }
            else if ((first < 0 || OrderOf(i) < OrderOf(first)) && branch.Filter?.Holds(evaluation) == true)
            {
                first = i;
            }
        }

        return Decision.Branch(first >= 0 ? first : otherwise);
    }

    private int OrderOf(int branch) => Branches[branch].Order ?? branch;
}
