using System.Globalization;

namespace Klaviyo;

/// <summary>The value of a property of a profile or of an event.</summary>
/// <remarks>
/// <para>The default value is <see cref="Null"/>. Converts implicitly from the everyday .NET types.</para>
/// <para>Nothing is coerced: a string that looks like a number is a string.</para>
/// <para>Values are equal when kind and content are; lists compare in order, objects without regard to order.</para>
/// </remarks>
/// <threadsafety>Immutable, as long as a list or object that it was made from is not changed.</threadsafety>
public readonly struct PropertyValue : IEquatable<PropertyValue>
{
    private readonly object? _reference;
    private readonly long _bits;

    private PropertyValue(PropertyKind kind, long bits, object? reference)
    {
        Kind = kind;
        _bits = bits;
        _reference = reference;
    }

    /// <summary>Gets the value that stands for no value.</summary>
    public static PropertyValue Null => default;

    /// <summary>Gets the kind of value.</summary>
    public PropertyKind Kind { get; }

    /// <summary>Gets whether there is no value.</summary>
    public bool IsNull => Kind == PropertyKind.Null;

    /// <summary>Makes a boolean value.</summary>
    public static implicit operator PropertyValue(bool value) => FromBoolean(value);

    /// <summary>Makes a number value.</summary>
    public static implicit operator PropertyValue(double value) => FromNumber(value);

    /// <summary>Makes a string value, or <see cref="Null"/>.</summary>
    public static implicit operator PropertyValue(string? value) => FromString(value);

    /// <summary>Makes an instant value.</summary>
    public static implicit operator PropertyValue(Instant value) => FromInstant(value);

    /// <summary>Makes an instant value.</summary>
    public static implicit operator PropertyValue(DateTimeOffset value) => FromInstant(value);

    /// <summary>Makes a list value.</summary>
    public static implicit operator PropertyValue(PropertyValue[] value) => FromList(value);

    /// <summary>Makes an object value.</summary>
    public static implicit operator PropertyValue(PropertyMap value) => FromObject(value);

    /// <summary>Tells whether kind and content are equal.</summary>
    public static bool operator ==(PropertyValue left, PropertyValue right) => left.Equals(right);

    /// <summary>Tells whether kind or content differ.</summary>
    public static bool operator !=(PropertyValue left, PropertyValue right) => !left.Equals(right);

    /// <summary>Makes a boolean value.</summary>
    public static PropertyValue FromBoolean(bool value) => new(PropertyKind.Boolean, value ? 1 : 0, null);

    /// <summary>Makes a number value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a finite number: JSON has no way to say it.</exception>
    public static PropertyValue FromNumber(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "A number must be finite.");
        }

        return new PropertyValue(PropertyKind.Number, BitConverter.DoubleToInt64Bits(value), null);
    }

    /// <summary>Makes a string value, or <see cref="Null"/>.</summary>
    public static PropertyValue FromString(string? value) =>
        value is null ? default : new PropertyValue(PropertyKind.String, 0, value);

    /// <summary>Makes an instant value.</summary>
    public static PropertyValue FromInstant(Instant value) => new(PropertyKind.Instant, value.UnixMs, null);

    /// <summary>Makes a list value.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="value"/> is null.</exception>
    public static PropertyValue FromList(IReadOnlyList<PropertyValue> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new PropertyValue(PropertyKind.List, 0, value);
    }

    /// <summary>Makes an object value.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="value"/> is null.</exception>
    public static PropertyValue FromObject(PropertyMap value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new PropertyValue(PropertyKind.Object, 0, value);
    }

    /// <summary>Gets the boolean.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public bool AsBoolean() => Bits(PropertyKind.Boolean) != 0;

    /// <summary>Gets the number.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public double AsNumber() => BitConverter.Int64BitsToDouble(Bits(PropertyKind.Number));

    /// <summary>Gets the string.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public string AsString() => (string)Reference(PropertyKind.String);

    /// <summary>Gets the instant.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public Instant AsInstant() => Klaviyo.Instant.FromUnixMs(Bits(PropertyKind.Instant));

    /// <summary>Gets the list.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public IReadOnlyList<PropertyValue> AsList() => (IReadOnlyList<PropertyValue>)Reference(PropertyKind.List);

    /// <summary>Gets the object.</summary>
    /// <exception cref="InvalidOperationException">The value is of another kind.</exception>
    public PropertyMap AsObject() => (PropertyMap)Reference(PropertyKind.Object);

    /// <inheritdoc/>
    public bool Equals(PropertyValue other)
    {
        return Kind == other.Kind && Kind switch
        {
            PropertyKind.Null => true,
            PropertyKind.Boolean or PropertyKind.Instant => _bits == other._bits,
            PropertyKind.Number => AsNumber() == other.AsNumber(),
            PropertyKind.String => string.Equals(AsString(), other.AsString(), StringComparison.Ordinal),
            PropertyKind.List => AsList().SequenceEqual(other.AsList()),
            PropertyKind.Object => AsObject().Equals(other.AsObject()),
            _ => throw new InvalidOperationException($"Unknown kind {Kind}."),
        };
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PropertyValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return Kind switch
        {
            PropertyKind.Number => AsNumber().GetHashCode(),
            PropertyKind.String => string.GetHashCode(AsString(), StringComparison.Ordinal),
            PropertyKind.List => AsList().Count,
            PropertyKind.Object => AsObject().Count,
            _ => _bits.GetHashCode(),
        };
    }

    /// <summary>Writes the value for people: strings as they are, numbers and instants invariantly.</summary>
    public override string ToString()
    {
        return Kind switch
        {
            PropertyKind.Null => "null",
            PropertyKind.Boolean => AsBoolean() ? "true" : "false",
            PropertyKind.Number => AsNumber().ToString("R", CultureInfo.InvariantCulture),
            PropertyKind.String => AsString(),
            PropertyKind.Instant => AsInstant().ToString(),
            PropertyKind.List => $"[{string.Join(", ", AsList())}]",
            PropertyKind.Object => AsObject().ToString(),
            _ => throw new InvalidOperationException($"Unknown kind {Kind}."),
        };
    }

    private long Bits(PropertyKind kind) => Kind == kind ? _bits : throw WrongKind(kind);

    private object Reference(PropertyKind kind) => Kind == kind ? _reference! : throw WrongKind(kind);

    private InvalidOperationException WrongKind(PropertyKind asked) => new($"The value is {Kind}, not {asked}.");
}
