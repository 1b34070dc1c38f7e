namespace Klaviyo;

/// <summary>Everything that an evaluation may look at; nothing else influences its answer.</summary>
/// <param name="History">The profile.</param>
/// <param name="At">The evaluation instant T.</param>
/// <param name="Zone">The account's zone, for calendar steps.</param>
/// <threadsafety>As its history: one caller at a time.</threadsafety>
public readonly record struct EvaluationContext(ProfileHistory History, Instant At, AccountZone Zone)
{
    /// <summary>Gets the instant at which the run entered its flow, where there is one.</summary>
    public Instant? FlowStart { get; init; }

    /// <summary>Gets the event that started the run, where there is one.</summary>
    public TriggerEvent? Trigger { get; init; }

    /// <summary>Gets when the profile last entered the flow that it is about to enter; null where it never did.</summary>
    public Instant? LastEntry { get; init; }

    /// <summary>Gets the variables of the run, where there is one.</summary>
    public PropertyMap? Variables { get; init; }

    /// <summary>Gets the event that says what an action of the run put out, where that is asked about.</summary>
    public EventRow? Output { get; init; }

    // Asks for those boundaries alone that do not come again every year: of them there is an end.
    internal bool WithoutAnniversaries { get; init; }
}
