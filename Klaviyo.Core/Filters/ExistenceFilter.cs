namespace Klaviyo;

/// <summary>Matches a value that is there, or one that is missing.</summary>
/// <remarks>A value is set when it is not null: an empty string and an empty list are set.</remarks>
/// <param name="IsSet">True for <c>is-set</c>, false for <c>not-set</c>.</param>
public sealed record ExistenceFilter(bool IsSet) : ValueFilter
{
    /// <inheritdoc/>
    public override string Words => IsSet ? "is set" : "is not set";

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context) => value.IsNull != IsSet;
}
