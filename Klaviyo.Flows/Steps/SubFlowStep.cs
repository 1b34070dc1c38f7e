namespace Klaviyo;

/// <summary>Starts another flow for the same profile and goes on. Ours.</summary>
/// <remarks>
/// The other flow has an <c>api</c> trigger, and is there when this one is defined; what is given along is its event. To wait for its
/// end, let it track an event there and wait for that. A flow that starts itself does so in each of its runs: mind its re-entry criteria.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SubFlowStep : ActionStep
{
    /// <inheritdoc/>
    public override string Type => "sub-flow";

    /// <summary>Gets the flow, by name.</summary>
    public required string Flow { get; init; }

    /// <summary>Gets what is given along.</summary>
    public ValueList<Assignment> Properties { get; init; } = [];

    /// <inheritdoc/>
    internal override Decision Act(in StepContext context)
    {
        var properties = Assignment.Read(Properties, context);
        properties[ApiTrigger.FlowProperty] = Flow;
        return Decision.Change(new CustomerEvent
        {
            Profile = [context.Profile],
            Time = context.At,
            Metric = ApiTrigger.Metric,
            Properties = properties,
        });
    }
}
