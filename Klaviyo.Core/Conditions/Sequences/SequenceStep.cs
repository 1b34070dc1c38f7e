namespace Klaviyo;

/// <summary>From where the time of a step counts.</summary>
public enum SequenceAnchor
{
    /// <summary>From the event of the step before it that happened.</summary>
    Previous,

    /// <summary>From the event of the first step that happened.</summary>
    First,
}

/// <summary>One step of a <see cref="SequenceCondition"/>: an event of a metric, or that there was none.</summary>
public sealed record SequenceStep
{
    private readonly TimeStep? _within;

    /// <summary>Gets the metric. Case-sensitive.</summary>
    public required string Metric { get; init; }

    /// <summary>Gets whether such an event must have happened; otherwise none may have.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Happened { get; init; } = true;

    /// <summary>Gets the filters on properties of the events; an event that does not pass all of them does not count.</summary>
    public ValueList<PropertyFilter> Where { get; init; } = [];

    /// <summary>Gets how long after the anchor at the latest, that instant included.</summary>
    /// <value>Null for any time.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeStep? Within
    {
        get => _within;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value?.Quantity ?? 0);
            _within = value;
        }
    }

    /// <summary>Gets from where <see cref="Within"/> counts.</summary>
    public SequenceAnchor Anchor { get; init; }

    /// <summary>Gets the property whose value is the same in all steps, where this step has it under another name.</summary>
    /// <value>Null for the key of the sequence.</value>
    public PropertyPath? Key { get; init; }

    internal Unseen<string> NoFilters { get; init; }

    internal EventSelection Selection => new(Metric, Where);

    /// <summary>Writes the step in words.</summary>
    public override string ToString()
    {
        var within = Within is { } w ? $" within {UnitWords.Of(w.Quantity, w.Unit)}{(Anchor == SequenceAnchor.First ? " of the first" : "")}" : "";
        return $"{(Happened ? "" : "not ")}{Selection.Words}{within}";
    }
}
