namespace Klaviyo;

/// <summary>Starts runs at instants that follow from the clock and from what is known of the profile.</summary>
/// <remarks>
/// The engine keeps, for each profile, the next instant; what is written of the profile may change it. At the instant the
/// question is asked again, so a date that was moved away meanwhile starts nothing.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record TimedTrigger : FlowTrigger
{
    private protected TimedTrigger()
    {
    }

    /// <summary>Finds the next instant at which the trigger may fire for a profile.</summary>
    /// <param name="context">The profile as of T.</param>
    /// <param name="after">The instant is later than this.</param>
    /// <returns>Null where it never fires if nothing is written.</returns>
    internal abstract Instant? Next(in EvaluationContext context, Instant after);

    /// <summary>Tells whether the trigger fires for a profile at T, one of the instants that <see cref="Next"/> names.</summary>
    internal virtual bool Fires(in EvaluationContext context) => Next(context, context.At.PlusMs(-1)) == context.At;

    /// <summary>Gets whether it may fire for a profile of which nothing is known: whatever is written may be the first.</summary>
    internal virtual bool IsOfAll => false;

    /// <summary>Tells whether properties that are written of a profile may change what <see cref="Next"/> says of it.</summary>
    internal virtual bool Reads(PropertyMap written) => IsOfAll;
}
