namespace Klaviyo;

/// <summary>Goes the way of the case that a value equals. Ours.</summary>
/// <remarks>The value is compared as it is: the text <c>1</c> is not the number 1. A missing value equals a case of null.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SwitchStep : Step
{
    /// <inheritdoc/>
    public override string Type => "switch";

    /// <summary>Gets what is compared.</summary>
    public required ValueSource Value { get; init; }

    /// <summary>Gets the cases; of equal ones the first counts.</summary>
    public required ValueList<SwitchCase> Cases { get; init; }

    /// <summary>Gets the id of the step that follows where no case fits; null ends the run.</summary>
    public string? Next { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => ValueList.Of(Cases.Select(c => c.Next).Append(Next));

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var value = Value.Read(context);
        for (var i = 0; i < Cases.Count; i++)
        {
            if (Cases[i].Value == value)
            {
                return Decision.Branch(i);
            }
        }

        return Decision.Branch(Cases.Count);
    }
}

/// <summary>One case of a switch.</summary>
/// <param name="Value">The value.</param>
/// <param name="Next">The id of the step that follows; null ends the run.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SwitchCase(PropertyValue Value, string? Next = null);
