using Klaviyo.Json;

namespace Klaviyo;

/// <summary>What a flow does: who enters it, and step by step what happens then.</summary>
/// <remarks>
/// <para>Klaviyo's flow JSON, read by <see cref="FlowJson"/>, or made here step by step. A definition that came from JSON is
/// written as it came, byte for byte.</para>
/// <para>Definitions are equal when name and content are.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowDefinition
{
    /// <summary>The most triggers that a flow has.</summary>
    public const int TriggersMax = 64;

    private readonly ValueList<FlowTrigger> _triggers = [];
    private readonly Condition? _profileFilter;
    private readonly ValueList<Step> _steps = [];
    private readonly string _entry = null!;
    private readonly ReentryCriteria? _reentry;

    /// <summary>Gets the name, unique in its store.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what starts a run: any of these.</summary>
    /// <value>1 to <see cref="TriggersMax"/>; Klaviyo's flows have one.</value>
    public ValueList<FlowTrigger> Triggers
    {
        get => _triggers;
        init => (_triggers, Source) = (value, null);
    }

    /// <summary>Gets what starts a run, the first of <see cref="Triggers"/>; sets it as the only one.</summary>
    public FlowTrigger Trigger
    {
        get => _triggers[0];
        init => (_triggers, Source) = ([value], null);
    }

    /// <summary>Gets a condition that is checked at entry and again before every action; null for none.</summary>
    public Condition? ProfileFilter
    {
        get => _profileFilter;
        init => (_profileFilter, Source) = (value, null);
    }

    /// <summary>Gets the steps.</summary>
    public required ValueList<Step> Steps
    {
        get => _steps;
        init => (_steps, Source) = (value, null);
    }

    /// <summary>Gets the id of the step at which runs begin; empty in a draft without steps.</summary>
    public required string Entry
    {
        get => _entry;
        init => (_entry, Source) = (value, null);
    }

    /// <summary>Gets when a profile may enter again.</summary>
    /// <value>
    /// Null lets it in with every event of a metric, on every date and as often as it is asked for, and once where the first
    /// trigger is a list or a segment, as Klaviyo does.
    /// </value>
    public ReentryCriteria? Reentry
    {
        get => _reentry;
        init => (_reentry, Source) = (value, null);
    }

    /// <summary>Gets what of the JSON has no meaning here, so that the flow cannot run.</summary>
    internal IReadOnlyList<DefinitionException> Refusals { get; init; } = [];

    /// <summary>Gets why what stands around the definition says that it is no live flow; null where nothing does.</summary>
    /// <value>One of <see cref="Refusals"/>, but no part of the definition: it is neither written nor stored with it.</value>
    internal DefinitionException? NotLive { get; init; }

    /// <summary>Gets the JSON that the definition came from; null once anything in it was changed.</summary>
    internal string? Source { get; init; }

    /// <summary>Gets the re-entry criteria that hold.</summary>
    internal ReentryCriteria EffectiveReentry =>
        Reentry ?? (Trigger.EntersOnce ? ReentryCriteria.Never : ReentryCriteria.Always);

    /// <summary>Finds which trigger an event pulls, by number; null for none.</summary>
    /// <param name="context">The profile, and the event as <see cref="EvaluationContext.Trigger"/>.</param>
    internal int? WhichStarts(in EvaluationContext context)
    {
        for (var i = 0; i < Triggers.Count; i++)
        {
            var starts = Triggers[i] switch
            {
                MetricTrigger metric => metric.Metric == context.Trigger!.Metric && metric.Filter?.Holds(context) != false,
                ApiTrigger => context.Trigger!.Metric == ApiTrigger.Metric
                    && context.Trigger.Properties[ApiTrigger.FlowProperty] == (PropertyValue)Name,
                _ => false,
            };
            if (starts)
            {
                return i;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(FlowDefinition? other)
    {
        return other is not null && Name == other.Name && Triggers.Equals(other.Triggers) && ProfileFilter == other.ProfileFilter
            && Steps.Equals(other.Steps) && Entry == other.Entry && Reentry == other.Reentry;
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Triggers, Entry, Steps.Count);

    /// <summary>Writes the name.</summary>
    public override string ToString() => Name;
}
