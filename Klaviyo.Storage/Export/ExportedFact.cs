using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Export;

/// <summary>One thing that was written to a profile; an event by its address only, because events may be many and long.</summary>
/// <param name="Phase">How many merges of the tree came before it.</param>
/// <param name="Profile">The part of the tree that it was written to.</param>
/// <param name="Address">Its record in the log: arrival.</param>
/// <param name="Kind">What it is; null for an event.</param>
/// <param name="Name">The property, list, channel or kind of identifier.</param>
/// <param name="Time">When it holds from.</param>
/// <param name="Value">A property's value, a list's membership, a consent's method, an identifier's value.</param>
/// <param name="Status">A consent's status.</param>
/// <param name="Related">Whether a relation begins; its value is the other side's first identifier, null if that was erased.</param>
internal readonly record struct ExportedFact(
    int Phase,
    ProfileKey Profile,
    long Address,
    FactKind? Kind = null,
    string Name = "",
    Instant Time = default,
    PropertyValue Value = default,
    ConsentStatus Status = default,
    bool Related = false)
{
    /// <summary>Gets the value as an identifier.</summary>
    internal Identifier Identifier => Klaviyo.Identifier.Of(IdentifierKind.Of(Name), Value.AsString());
}
