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
    private readonly FlowTrigger _trigger = null!;
    private readonly Condition? _profileFilter;
    private readonly ValueList<Step> _steps = [];
    private readonly string _entry = null!;
    private readonly ReentryCriteria? _reentry;

    /// <summary>Gets the name, unique in its store.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what starts a run.</summary>
    public required FlowTrigger Trigger
    {
        get => _trigger;
        init => (_trigger, Source) = (value, null);
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

    /// <summary>Gets the id of the step at which runs begin.</summary>
    public required string Entry
    {
        get => _entry;
        init => (_entry, Source) = (value, null);
    }

    /// <summary>Gets when a profile may enter again.</summary>
    /// <value>Null lets it in with every event of a metric, and once by a list or segment, as Klaviyo does.</value>
    public ReentryCriteria? Reentry
    {
        get => _reentry;
        init => (_reentry, Source) = (value, null);
    }

    /// <summary>Gets the JSON that the definition came from; null once anything in it was changed.</summary>
    internal string? Source { get; init; }

    /// <summary>Gets the re-entry criteria that hold.</summary>
    internal ReentryCriteria EffectiveReentry =>
        Reentry ?? (Trigger is ListTrigger or SegmentTrigger ? ReentryCriteria.Never : ReentryCriteria.Always);

    /// <inheritdoc/>
    public bool Equals(FlowDefinition? other)
    {
        return other is not null && Name == other.Name && Trigger == other.Trigger && ProfileFilter == other.ProfileFilter
            && Steps.Equals(other.Steps) && Entry == other.Entry && Reentry == other.Reentry;
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Trigger, Entry, Steps.Count);

    /// <summary>Writes the name.</summary>
    public override string ToString() => Name;
}
