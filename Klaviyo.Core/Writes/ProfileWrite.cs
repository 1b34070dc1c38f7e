namespace Klaviyo;

/// <summary>Properties to write to a profile.</summary>
public sealed record ProfileWrite : CustomerWrite
{
    /// <summary>Gets the properties; <see cref="PropertyValue.Null"/> clears one, others stay as they are.</summary>
    public PropertyMap Properties { get; init; } = [];
}
