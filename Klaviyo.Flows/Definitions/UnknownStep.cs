using System.Globalization;

namespace Klaviyo.Flows.Definitions;

/// <summary>A step of a version that cannot be read: known by its number alone.</summary>
/// <threadsafety>Immutable.</threadsafety>
internal sealed record UnknownStep : Step
{
    /// <inheritdoc/>
    public override string Type => "";

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [];

    /// <summary>Makes the step.</summary>
    internal static UnknownStep Of(int number) => new() { Id = string.Create(CultureInfo.InvariantCulture, $"step {number}") };

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) =>
        throw new InvalidOperationException("Runs of a version that cannot be read are held.");
}
