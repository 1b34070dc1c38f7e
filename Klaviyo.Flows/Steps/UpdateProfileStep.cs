namespace Klaviyo;

/// <summary>Writes properties of the profile, at the instant of the step.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record UpdateProfileStep : ActionStep
{
    /// <inheritdoc/>
    public override string Type => "update-profile";

    /// <summary>Gets what is written, in order.</summary>
    public required ValueList<ProfileOperation> Operations { get; init; }

    /// <inheritdoc/>
    internal override Decision Act(in StepContext context)
    {
        var properties = new PropertyMap(Operations.Count);
        foreach (var operation in Operations.AsSpan())
        {
            // A later operation sees what an earlier one of the same step wrote.
            var current = properties.TryGetValue(operation.Property, out var written)
                ? written
                : context.Facts.History.Property(operation.Property, context.At);
            properties[operation.Property] = operation.Apply(current, context);
        }

        return Decision.Change(new ProfileWrite
        {
            Profile = [context.Profile],
            Time = context.At,
            Properties = properties,
        });
    }
}
