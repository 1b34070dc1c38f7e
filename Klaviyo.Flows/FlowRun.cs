namespace Klaviyo;

/// <summary>A run under way.</summary>
/// <param name="Id">The run.</param>
/// <param name="Flow">The name of the flow.</param>
/// <param name="Version">The version of the flow that the run keeps, from 1.</param>
/// <param name="Profile">The profile.</param>
/// <param name="Step">The id of the step on which it stands; empty before it entered.</param>
/// <param name="Status">What it is doing.</param>
/// <param name="Entered">When it entered; before that, when what triggered it happened.</param>
/// <param name="Due">When it goes on.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowRun(
    RunId Id,
    string Flow,
    int Version,
    ProfileId Profile,
    string Step,
    RunStatus Status,
    Instant Entered,
    Instant Due)
{
    /// <summary>Gets the value by which it is told apart from other runs of its profile; null where its trigger has no key.</summary>
    public PropertyValue Key { get; init; }

    /// <summary>Gets the line in which it stands for a rate limit, <c>channel NAME</c> or <c>step FLOW/STEP</c>; empty for none.</summary>
    public string Line { get; init; } = "";

    /// <summary>Gets why it is parked, or stays where it is because its version cannot be read; empty where it is neither.</summary>
    public string Reason { get; init; } = "";
}
