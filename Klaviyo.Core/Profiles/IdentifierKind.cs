namespace Klaviyo;

/// <summary>The kind of an identifier, e.g. <c>email</c>.</summary>
/// <remarks>Kinds beyond the five well-known ones are the host's own. The default value is no kind.</remarks>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct IdentifierKind
{
    private const string ObjectPrefix = "object.";

    private IdentifierKind(string name) => Name = name;

    /// <summary>Gets the internal id of a profile.</summary>
    public static IdentifierKind Id => new("id");

    /// <summary>Gets the id that the host's own system gives a person.</summary>
    public static IdentifierKind ExternalId => new("external_id");

    /// <summary>Gets the e-mail address: trimmed and lower-cased.</summary>
    public static IdentifierKind Email => new("email");

    /// <summary>Gets the phone number in E.164.</summary>
    public static IdentifierKind PhoneNumber => new("phone_number");

    /// <summary>Gets the id of a device or browser whose person is not known yet.</summary>
    public static IdentifierKind AnonymousId => new("anonymous_id");

    /// <summary>Gets the name, as in JSON.</summary>
    public string Name { get; }

    /// <summary>Gets how much the kind says: the strongest decides where identifiers disagree.</summary>
    /// <value>0 is the strongest: id, external_id, email, phone_number, custom kinds, anonymous_id.</value>
    public int Strength => Name switch
    {
        "id" => 0,
        "external_id" => 1,
        "email" => 2,
        "phone_number" => 3,
        "anonymous_id" => 5,
        _ => 4,
    };

    /// <summary>Gets the type of the account or custom object that an identifier of this kind names.</summary>
    /// <value><c>TYPE</c> of the kind <c>object.TYPE</c>; null where the kind names profiles.</value>
    public string? ObjectType =>
        Name is not null && Name.StartsWith(ObjectPrefix, StringComparison.Ordinal) ? Name[ObjectPrefix.Length..] : null;

    /// <summary>Gets the kind of the ids of accounts or custom objects of a type.</summary>
    /// <param name="type">E.g. <c>account</c>: 1 to 57 characters of a–z, 0–9, <c>_</c>, <c>-</c> or <c>.</c>.</param>
    /// <exception cref="ArgumentException">The type is not one.</exception>
    public static IdentifierKind Object(string type)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        return Of(ObjectPrefix + type);
    }

    /// <summary>Gets the kind of a name; an unknown name is a custom kind.</summary>
    /// <exception cref="ArgumentException">Not 1 to 64 characters of a–z, 0–9, <c>_</c>, <c>-</c> or <c>.</c>.</exception>
    public static IdentifierKind Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > 64 || name.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-' or '.')))
        {
            throw new ArgumentException($"'{name}' is not a kind of identifier: 1 to 64 of a-z, 0-9, _, -, .", nameof(name));
        }

        return new IdentifierKind(name);
    }

    /// <summary>Writes the name.</summary>
    public override string ToString() => Name;
}
