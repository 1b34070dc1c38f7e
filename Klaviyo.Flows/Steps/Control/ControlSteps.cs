namespace Klaviyo;

/// <summary>A place where ways meet. Ours; a run is on one step at a time, so there is nothing to wait for.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record JoinStep : LinearStep
{
    /// <inheritdoc/>
    public override string Type => "join";

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) => Decision.Branch(0);
}

/// <summary>Ends the run. Ours.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ExitStep : Step
{
    /// <inheritdoc/>
    public override string Type => "exit";

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [null];

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) => Decision.Branch(0);
}

/// <summary>Goes back, or anywhere, but only so often; then on. Ours.</summary>
/// <remarks>How often is a variable of the run, <c>$goto:</c> and the step's id; going on clears it, so a circle around a circle counts anew.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record GotoStep : LinearStep
{
    /// <summary>The greatest bound.</summary>
    public const int TimesMax = 1000;

    /// <inheritdoc/>
    public override string Type => "goto";

    /// <summary>Gets the id of the step to go to.</summary>
    public required string Target { get; init; }

    /// <summary>Gets how often, 1 to <see cref="TimesMax"/>.</summary>
    public required int Times { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [Next, Target];

    /// <inheritdoc/>
    internal override int UnboundLinks => 1;

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var name = $"$goto:{Id}";
        var gone = context.Variables[name] is { Kind: PropertyKind.Number } number ? (int)number.AsNumber() : 0;
        return gone < Times
            ? Decision.Branch(1).With(new PropertyMap { [name] = gone + 1 })
            : Decision.Branch(0).With(new PropertyMap { [name] = PropertyValue.Null });
    }
}

/// <summary>Sets variables of the run, for later steps and messages. Ours.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SetVariableStep : LinearStep
{
    /// <inheritdoc/>
    public override string Type => "set-variable";

    /// <summary>Gets what is set; a null value takes a variable away. All sources are read before any is set.</summary>
    public required ValueList<Assignment> Variables { get; init; }

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) => Decision.Branch(0).With(Assignment.Read(Variables, context));
}

/// <summary>What the run is for: as soon as its condition holds, a run that is on its way here jumps here. Ours.</summary>
/// <remarks>
/// The condition is asked at every step from which a link leads here, and while the run waits there, whatever is written and
/// whenever time may change it. A run that comes here by its links goes on if the condition holds, else as <see cref="Otherwise"/>
/// says.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record GoalStep : LinearStep
{
    /// <inheritdoc/>
    public override string Type => "goal";

    /// <summary>Gets the condition.</summary>
    public required Condition Filter { get; init; }

    /// <summary>Gets the variable of the run that says that it jumped to a goal.</summary>
    internal static string VariableOf(string goal) => $"$goal:{goal}";

    /// <summary>Gets what a run does that comes here without the goal.</summary>
    public GoalOtherwise Otherwise { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [Next, null];

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var evaluation = context.EvaluationOfRun();
        if (Otherwise == GoalOtherwise.Continue || Filter.Holds(evaluation))
        {
            return Decision.Branch(0);
        }

        return Otherwise == GoalOtherwise.Exit
            ? Decision.Branch(1)
            : Decision.Await(Filter.NextBoundary(evaluation) ?? Instant.MaxValue);
    }
}

/// <summary>What a run does that comes to a goal without having reached it.</summary>
public enum GoalOtherwise
{
    /// <summary>It goes on.</summary>
    Continue,

    /// <summary>It waits until the condition holds.</summary>
    Wait,

    /// <summary>It ends.</summary>
    Exit,
}
