namespace Klaviyo;

/// <summary>Goes one of several ways by chance, by weight: always the same way for one profile. Ours.</summary>
/// <remarks>
/// The draw is a hash of the salt and the profile, so it is the same on re-entry, in a simulation and after a restart. The
/// default salt is the flow's name and the step's id.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RandomSplitStep : Step
{
    /// <inheritdoc/>
    public override string Type => "random-split";

    /// <summary>Gets the salt; null for the default. Two splits with one salt draw alike.</summary>
    public string? Salt { get; init; }

    /// <summary>Gets the ways on.</summary>
    public required ValueList<WeightedBranch> Branches { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => ValueList.Of(Branches.Select(b => b.Next));

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        Span<double> weights = Branches.Count <= 64 ? stackalloc double[Branches.Count] : new double[Branches.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Branches[i].Weight;
        }

        return Decision.Branch(Chance.Draw(context.Facts.History.Id, Salt ?? context.SaltOf(Id), weights));
    }
}

/// <summary>One way on from a random split.</summary>
/// <param name="Id">The id, unique in its step.</param>
/// <param name="Weight">How often it is taken, in proportion to the others.</param>
/// <param name="Next">The id of the step that follows; null ends the run.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record WeightedBranch(string Id, double Weight, string? Next = null);
