namespace Klaviyo;

/// <summary>A value that a property was given at an instant.</summary>
/// <param name="Time">When the value was given.</param>
/// <param name="Value">The value; <see cref="PropertyValue.Null"/> where it was cleared.</param>
public readonly record struct PropertyWrite(Instant Time, PropertyValue Value);
