namespace Klaviyo.Storage.Import;

/// <summary>How the text of a cell becomes a value.</summary>
internal enum CsvType
{
    /// <summary>A number where the text is one as JSON writes it, else a string.</summary>
    Inferred,

    /// <summary>A string.</summary>
    Text,

    /// <summary>A whole number, also where it is printed as <c>17850.0</c>.</summary>
    Integer,
}

/// <summary>A column as a mapping names it.</summary>
/// <param name="Name">The name in the header.</param>
/// <param name="Type">How its text is read.</param>
/// <param name="Path">Where the mapping names it.</param>
internal sealed record CsvColumn(string Name, CsvType Type, string Path)
{
    /// <summary>Finds the column in a header.</summary>
    /// <exception cref="DefinitionException">It is not there.</exception>
    internal int IndexIn(IReadOnlyList<string> header)
    {
        for (var i = 0; i < header.Count; i++)
        {
            if (string.Equals(header[i], Name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        throw new DefinitionException(Path, $"There is no column '{Name}'; there are: {string.Join(", ", header)}.");
    }
}
