namespace Klaviyo;

/// <summary>Relates a profile to an account or custom object, or ends that.</summary>
/// <remarks>
/// Either side is created where it does not exist. Any number of relations between two sides, by name; of one name the last
/// word at an instant holds.
/// </remarks>
public sealed record RelationWrite : CustomerWrite
{
    /// <summary>Gets the account or object: see <see cref="Identifier.Object"/>.</summary>
    public required Identifier Object { get; init; }

    /// <summary>Gets as what they belong together, e.g. <c>member</c>. Case-sensitive, 1 to 256 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Gets whether they belong together from then on; otherwise no longer.</summary>
    public bool Related { get; init; } = true;
}
