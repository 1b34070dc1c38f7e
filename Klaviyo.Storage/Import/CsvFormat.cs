using Klaviyo.Storage.Import;

namespace Klaviyo;

/// <summary>Rows of separated values, with a mapping that says what their columns mean.</summary>
/// <remarks>
/// Fields in quotes may hold delimiters, line ends, and quotes, which are doubled. A row that has more or fewer fields
/// than the header is refused; a line without anything is passed over. A field longer than a row may be, 4 MiB, counts
/// as a quote that was not closed.
/// </remarks>
/// <param name="Mapping">What the columns mean.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record CsvFormat(CsvMapping Mapping) : ImportFormat
{
    internal override ImportReader CreateReader(ImportInput input, bool backfill)
    {
        ArgumentNullException.ThrowIfNull(Mapping);
        return new CsvImportReader(input, Mapping.Rules, backfill);
    }
}
