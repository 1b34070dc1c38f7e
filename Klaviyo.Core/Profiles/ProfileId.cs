namespace Klaviyo;

/// <summary>The internal id of a profile: given once by its store, never used again.</summary>
/// <remarks>
/// Its text is ten characters of Crockford's base 32, so that text and number sort alike. The default value names no
/// profile.
/// </remarks>
/// <param name="Value">The number behind the id. Not negative, below 2^50.</param>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct ProfileId(long Value) : IComparable<ProfileId>
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int TextLength = 10;

    /// <summary>Tells whether the left id sorts first.</summary>
    public static bool operator <(ProfileId left, ProfileId right) => left.Value < right.Value;

    /// <summary>Tells whether the left id sorts last.</summary>
    public static bool operator >(ProfileId left, ProfileId right) => left.Value > right.Value;

    /// <summary>Tells whether the left id sorts first or is the same.</summary>
    public static bool operator <=(ProfileId left, ProfileId right) => left.Value <= right.Value;

    /// <summary>Tells whether the left id sorts last or is the same.</summary>
    public static bool operator >=(ProfileId left, ProfileId right) => left.Value >= right.Value;

    /// <summary>Reads the text form.</summary>
    /// <returns><see langword="false"/> if it is not one.</returns>
    public static bool TryParse(string? text, out ProfileId id)
    {
        id = default;
        if (text is null || text.Length != TextLength)
        {
            return false;
        }

        var value = 0L;
        foreach (var character in text)
        {
            var digit = Alphabet.IndexOf(char.ToLowerInvariant(character), StringComparison.Ordinal);
            if (digit < 0)
            {
                return false;
            }

            value = (value << 5) | (uint)digit;
        }

        id = new ProfileId(value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ProfileId other) => Value.CompareTo(other.Value);

    /// <summary>Writes the text form.</summary>
    public override string ToString()
    {
        return string.Create(TextLength, Value, static (text, value) =>
        {
            for (var i = TextLength - 1; i >= 0; i--)
            {
                text[i] = Alphabet[(int)(value & 31)];
                value >>= 5;
            }
        });
    }
}
