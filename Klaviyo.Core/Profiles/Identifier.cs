using System.Buffers;

namespace Klaviyo;

/// <summary>Names a profile: a kind and a value, e.g. <c>email:ada@example.com</c>.</summary>
/// <remarks>
/// An e-mail is trimmed and lower-cased, a phone number is brought to E.164, other values are trimmed; so two
/// identifiers that mean the same are equal. The default value names nothing.
/// </remarks>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct Identifier
{
    private const int LengthMax = 512;
    private static readonly SearchValues<char> NeverInEmail = SearchValues.Create(" \t\r\n,;<>");

    private Identifier(IdentifierKind kind, string value)
    {
        Kind = kind;
        Value = value;
    }

    /// <summary>Gets the kind.</summary>
    public IdentifierKind Kind { get; }

    /// <summary>Gets the value in its normal form.</summary>
    public string Value { get; }

    /// <summary>Reads <c>KIND:VALUE</c>.</summary>
    /// <exception cref="ArgumentException">The text is not an identifier; the message says why.</exception>
    public static implicit operator Identifier(string text) => Parse(text);

    /// <summary>Makes an e-mail identifier.</summary>
    /// <exception cref="ArgumentException">Not an e-mail address.</exception>
    public static Identifier Email(string value) => Of(IdentifierKind.Email, value);

    /// <summary>Makes a phone number identifier.</summary>
    /// <exception cref="ArgumentException">Not an international number such as +4930123456.</exception>
    public static Identifier PhoneNumber(string value) => Of(IdentifierKind.PhoneNumber, value);

    /// <summary>Makes an identifier of the host's own system.</summary>
    /// <exception cref="ArgumentException">Empty or longer than 512 characters.</exception>
    public static Identifier ExternalId(string value) => Of(IdentifierKind.ExternalId, value);

    /// <summary>Makes an identifier of a device or browser.</summary>
    /// <exception cref="ArgumentException">Empty or longer than 512 characters.</exception>
    public static Identifier AnonymousId(string value) => Of(IdentifierKind.AnonymousId, value);

    /// <summary>Makes the identifier of an account or custom object.</summary>
    /// <param name="type">Its type, e.g. <c>account</c>.</param>
    /// <param name="key">Its id within the type.</param>
    /// <exception cref="ArgumentException">The type is not one, or the key is empty or longer than 512 characters.</exception>
    public static Identifier Object(string type, string key) => Of(IdentifierKind.Object(type), key);

    /// <summary>Makes an identifier.</summary>
    /// <exception cref="ArgumentException">The value is not one of that kind; the message says why.</exception>
    public static Identifier Of(IdentifierKind kind, string value)
    {
        return TryCreate(kind, value, out var identifier, out var reason)
            ? identifier
            : throw new ArgumentException(reason, nameof(value));
    }

    /// <summary>Reads <c>KIND:VALUE</c>, e.g. <c>external_id:17850</c>.</summary>
    /// <exception cref="ArgumentException">The text is not an identifier; the message says why.</exception>
    public static Identifier Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? Of(IdentifierKind.Of(text[..colon]), text[(colon + 1)..])
            : throw new ArgumentException($"'{text}' is not KIND:VALUE, e.g. email:ada@example.com.", nameof(text));
    }

    /// <summary>Makes an identifier, or says why not.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="value">The value in any form that people write.</param>
    /// <param name="identifier">The identifier in its normal form.</param>
    /// <param name="reason">One sentence for the sender, or empty.</param>
    /// <returns><see langword="false"/> if the value is not one of that kind.</returns>
    public static bool TryCreate(IdentifierKind kind, string? value, out Identifier identifier, out string reason)
    {
        identifier = default;
        var trimmed = value?.Trim();
        reason = trimmed switch
        {
            _ when kind.Name is null => "An identifier has a kind.",
            null or "" => $"{kind} is empty.",
            { Length: > LengthMax } => $"{kind} is longer than {LengthMax} characters.",
            _ when !WellFormedText.Is(trimmed) => $"{kind} is no text. {WellFormedText.Missing}",
            _ => "",
        };
        if (reason.Length > 0)
        {
            return false;
        }

        var normal = kind.Name switch
        {
            "email" => NormalEmail(trimmed!),
            "phone_number" => NormalPhone(trimmed!),
            "id" => ProfileId.TryParse(trimmed, out var id) ? id.ToString() : null,
            _ => trimmed,
        };
        if (normal is null)
        {
            reason = $"'{trimmed}' is not a valid {kind}.";
            return false;
        }

        identifier = new Identifier(kind, normal);
        return true;
    }

    /// <summary>Writes <c>KIND:VALUE</c>.</summary>
    public override string ToString() => $"{Kind}:{Value}";

    private static string? NormalEmail(string value)
    {
        var at = value.LastIndexOf('@');
        var wellFormed = at > 0 && at < value.Length - 1 && !value.AsSpan().ContainsAny(NeverInEmail);
        return wellFormed ? value.ToLowerInvariant() : null;
    }

    private static string? NormalPhone(string value)
    {
        if (value[0] != '+')
        {
            return null;
        }

        Span<char> digits = stackalloc char[16];
        digits[0] = '+';
        var count = 1;
        foreach (var c in value.AsSpan(1))
        {
            if (char.IsAsciiDigit(c) && count < digits.Length)
            {
                digits[count++] = c;
            }
            else if (c is not (' ' or '-' or '.' or '(' or ')' or '/'))
            {
                return null;
            }
        }

        return count is >= 8 and <= 16 && digits[1] != '0' ? new string(digits[..count]) : null;
    }
}
