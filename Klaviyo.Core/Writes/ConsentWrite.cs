namespace Klaviyo;

/// <summary>A consent to write to a profile.</summary>
public sealed record ConsentWrite : CustomerWrite
{
    /// <summary>Gets the channel: <c>email</c>, <c>sms</c>, <c>push</c>, or another.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets what was said.</summary>
    public required ConsentStatus Status { get; init; }

    /// <summary>Gets how it was given, e.g. <c>form</c>; may be empty.</summary>
    public string Method { get; init; } = "";
}
