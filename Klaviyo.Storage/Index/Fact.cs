using System.Buffers.Binary;
using System.Text;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Index;

/// <summary>One thing that was said of a profile.</summary>
/// <param name="kind">What kind of thing.</param>
/// <param name="name">The code of the property, list, channel, or kind of identifier.</param>
/// <param name="timeMs">Since when it holds; an identifier holds from the beginning.</param>
/// <param name="address">The record in the lane's log: arrival.</param>
/// <param name="body">The rest, as <see cref="FactKind"/> says.</param>
internal readonly ref struct Fact(FactKind kind, int name, long timeMs, long address, ReadOnlySpan<byte> body)
{
    internal FactKind Kind => kind;

    internal int Name => name;

    internal long TimeMs => timeMs;

    internal long Address => address;

    internal ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>Gets an identifier as text.</summary>
    internal string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Gets whether a list membership begins.</summary>
    internal bool Member => Body[0] != 0;

    /// <summary>Gets a consent's status.</summary>
    internal ConsentStatus Status => (ConsentStatus)Body[0];

    /// <summary>Gets a consent's method.</summary>
    internal string Method => Encoding.UTF8.GetString(Body[1..]);

    /// <summary>Gets the other side of a relation.</summary>
    internal ProfileKey Other => ProfileKey.Of(new ProfileId(BinaryPrimitives.ReadInt64LittleEndian(Body)));

    /// <summary>Gets whether a relation begins.</summary>
    internal bool Related => Body[sizeof(long)] != 0;

    /// <summary>Gets a property's value; that of an identifier is its text.</summary>
    /// <remarks>
    /// An identifier is a property too: "email contains @example.com" asks for it like for any other. It holds from the
    /// beginning: were it to hold from the first message that brought it, the order of arrival would show.
    /// </remarks>
    internal PropertyValue Value(NameTable names) =>
        Kind == FactKind.Identifier ? names.Strings.Get(Body) : PackedValue.Read(Body, names);

    /// <summary>Whether time and body are such as this kind has.</summary>
    /// <exception cref="InvalidDataException">The body is none.</exception>
    internal bool CanBeRead(NameTable names)
    {
        return PayloadReader.IsTime(timeMs) && kind switch
        {
            FactKind.Property => PackedValue.Check(Body, names),
            FactKind.Consent => Body.Length > 0 && Enum.IsDefined(Status),
            FactKind.List => Body.Length == 1,
            FactKind.Relation => Body.Length == sizeof(long) + 1,
            _ => true,
        };
    }

    /// <summary>Whether this stands before another one in a profile.</summary>
    /// <remarks>
    /// By kind; properties by name, so that the values of one stand together; then by time and arrival. What is equal in all of
    /// it stands in the order in which it was added.
    /// </remarks>
    internal bool IsBefore(in Fact other)
    {
        if (kind != other.Kind)
        {
            return kind < other.Kind;
        }

        if (kind == FactKind.Property && name != other.Name)
        {
            return name < other.Name;
        }

        return timeMs != other.TimeMs ? timeMs < other.TimeMs : address < other.Address;
    }
}
