namespace Klaviyo;

/// <summary>Puts a profile on a list, or takes it off.</summary>
public sealed record ListWrite : CustomerWrite
{
    /// <summary>Gets the name of the list.</summary>
    public required string List { get; init; }

    /// <summary>Gets whether the profile is put on the list; otherwise it is taken off.</summary>
    public bool Member { get; init; } = true;
}
