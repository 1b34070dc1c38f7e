namespace Klaviyo;

/// <summary>Matches a boolean, or everything but that boolean.</summary>
/// <param name="Value">The boolean that is asked for.</param>
/// <param name="Negated">True for <c>not-equals</c>, which also matches where the value is missing or no boolean.</param>
public sealed record BooleanFilter(bool Value, bool Negated) : ValueFilter
{
    /// <summary>Creates the filter <c>equals</c>.</summary>
    public BooleanFilter(bool value)
        : this(value, Negated: false)
    {
    }

    /// <inheritdoc/>
    public override string Words => $"{(Negated ? "is not" : "is")} {(Value ? "true" : "false")}";

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context) =>
        (value.Kind == PropertyKind.Boolean && value.AsBoolean() == Value) != Negated;
}
