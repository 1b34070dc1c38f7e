namespace Klaviyo;

/// <summary>A test of how or when something was said about a channel.</summary>
/// <threadsafety>Immutable.</threadsafety>
public abstract record ConsentFilter
{
    private protected ConsentFilter()
    {
    }

    /// <summary>Gets the filter in words.</summary>
    public abstract string Words { get; }

    /// <summary>Writes the words.</summary>
    public sealed override string ToString() => Words;

    internal abstract bool Passes(ConsentWords said, in EvaluationContext context);

    internal abstract Instant? NextBoundary(ConsentWords said, in EvaluationContext context);

    internal virtual void AddDependencies(string channel, DependencySet dependencies)
    {
    }
}
