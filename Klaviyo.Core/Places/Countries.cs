namespace Klaviyo;

/// <summary>What is known here of countries: their names and codes, and whose phone number one is.</summary>
/// <remarks>
/// <para>Names: ISO 3166-1 alpha-2 and alpha-3 codes, English names, and for some the name in the country; case does not matter.</para>
/// <para>Phone numbers: the calling codes of all countries, with the area codes of the countries that share +1, and of those
/// that share +7, +39, +44, +47, +61, +212, +262, +358, +590, +599 and +672. Where numbers do not tell countries apart (+500,
/// +590) each of them counts. Numbers that belong to no country (+800, +88x) have none.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public static class Countries
{
    private const int BeginningMax = 7;

    private static readonly Dictionary<string, string> CodeByName = new(StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string[]> CodesByBeginning = new(StringComparer.Ordinal);

    static Countries()
    {
        foreach (var row in Lines(CountryTable.Rows))
        {
            var cells = row.Split(' ', 4);
            CodeByName[cells[0]] = cells[0];
            CodeByName[cells[1]] = cells[0];
            foreach (var name in cells[3].Split(';'))
            {
                CodeByName[name] = cells[0];
            }

            if (cells[2] != "-")
            {
                CodesByBeginning.Add(cells[2], [cells[0]]);
            }
        }

        foreach (var row in Lines(CountryTable.SharedNumbers))
        {
            var cells = row.Split(' ');
            CodesByBeginning[cells[0]] = cells[1..];
        }
    }

    /// <summary>Gets the two-letter code of a country.</summary>
    /// <param name="nameOrCode">A code or a name, e.g. <c>FR</c>, <c>FRA</c> or <c>France</c>; white space around it does not matter.</param>
    /// <returns>Null where it is not known.</returns>
    public static string? CodeOf(string? nameOrCode) =>
        nameOrCode is null ? null : CodeByName.GetValueOrDefault(nameOrCode.Trim());

    /// <summary>Gets the two-letter codes of the countries that a phone number may belong to.</summary>
    /// <param name="phoneNumber">A number in E.164, e.g. <c>+12025550143</c>.</param>
    /// <returns>Mostly one; none where it is no such number or its beginning is nobody's.</returns>
    public static IReadOnlyList<string> OfPhoneNumber(string? phoneNumber)
    {
        if (phoneNumber is not ['+', .. var digits] || digits.Any(d => !char.IsAsciiDigit(d)))
        {
            return [];
        }

        for (var length = Math.Min(BeginningMax, digits.Length); length > 0; length--)
        {
            if (CodesByBeginning.TryGetValue(digits[..length], out var codes))
            {
                return codes;
            }
        }

        return [];
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
