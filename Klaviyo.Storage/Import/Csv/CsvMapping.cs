using Klaviyo.Json;
using Klaviyo.Storage.Import;

namespace Klaviyo;

/// <summary>Says what the columns of a CSV file mean.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>profile</term><description>Which column holds which identifier; at least one. Empty cells are passed
/// over; a row in which all are empty is refused.</description></item>
/// <item><term>metric</term><description>The name of the event, or <c>{"column":"type"}</c>. Without it, the rows are
/// profiles: only <c>time</c> and <c>profile_properties</c> go with them.</description></item>
/// <item><term>time</term><description>A column, or <c>{"column","format","zone"}</c>: a .NET format, else ISO 8601; an
/// IANA zone, else UTC. Left out, it is the store's clock.</description></item>
/// <item><term>value</term><description>A number, a column, or a computation over columns such as
/// <c>Quantity*UnitPrice</c>. Where a cell is empty, the event has no value.</description></item>
/// <item><term>unique_id</term><description>A column, or several, which are joined by <c>|</c>. For the same id,
/// profile and metric the first row wins, so the columns must tell the rows apart.</description></item>
/// <item><term>properties, profile_properties</term><description>A list of columns, or an object of names and columns.
/// Empty cells are left out.</description></item>
/// <item><term>skip_when</term><description>Columns and texts: a row with one of them is skipped without a
/// word.</description></item>
/// <item><term>delimiter</term><description>One character, or <c>tab</c>, or <c>whitespace</c> for runs of blanks. The
/// default is the comma.</description></item>
/// <item><term>header</term><description>The names of the columns, for a file that has none.</description></item>
/// </list>
/// <para>A column is a name or <c>{"column":name}</c>. Its text is a number where the whole of it is one as JSON writes
/// it, and a string otherwise: <c>00123</c>, and whole numbers too long for a double, stay strings. <c>"text":true</c>
/// makes it a string always; <c>"integer":true</c> a whole number, also where it is printed as <c>17850.0</c>.</para>
/// </remarks>
/// <example><code>
/// CsvMapping.Parse("""{"profile":{"email":"E-Mail"},"metric":"Placed Order","value":"Price*Pieces"}""")
/// </code></example>
/// <threadsafety>Immutable. Equal when the text is.</threadsafety>
public sealed class CsvMapping : IEquatable<CsvMapping>
{
    private readonly string _json;

    private CsvMapping(string json, CsvRules rules)
    {
        _json = json;
        Rules = rules;
    }

    internal CsvRules Rules { get; }

    /// <summary>Reads a mapping. Whether its columns exist is found when a file is read.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="DefinitionException">It is not JSON, or cannot mean anything; the path says where.</exception>
    public static CsvMapping Parse(string json)
    {
        using var document = DefinitionText.Parse(json);
        return new CsvMapping(json, CsvRulesReader.Read(document.RootElement));
    }

    /// <inheritdoc/>
    public bool Equals(CsvMapping? other) =>
        other is not null && string.Equals(_json, other._json, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CsvMapping);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(_json, StringComparison.Ordinal);

    /// <summary>Gets the text that was read.</summary>
    public override string ToString() => _json;
}
