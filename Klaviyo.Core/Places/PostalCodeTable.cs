using System.Globalization;

namespace Klaviyo;

/// <summary>Postal codes and their places, from the lines of a file such as those of GeoNames.</summary>
/// <remarks>
/// <para>Case, spaces and hyphens in a code do not matter. A code that is not in the table is looked for by its area: the
/// first five digits of a US code, the first four of a Dutch one, the first three characters of a Canadian one, a British
/// one without its last three.</para>
/// <para>Several lines of one code: their middle.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed class PostalCodeTable : IPostalCodes
{
    // The columns of GeoNames: country, code, place, three areas with name and code each, latitude, longitude, accuracy.
    private const int LatitudeColumn = 9;

    private readonly Dictionary<(string Country, string Code), GeoPoint> _places;

    private PostalCodeTable(Dictionary<(string Country, string Code), GeoPoint> places) => _places = places;

    /// <summary>Gets the number of postal codes.</summary>
    public int Count => _places.Count;

    /// <summary>Reads lines with tabs between their columns, as in the files of postal codes of GeoNames.</summary>
    /// <param name="lines">The lines; those without a place are passed over.</param>
    /// <exception cref="ArgumentNullException"><paramref name="lines"/> is null.</exception>
    /// <exception cref="FormatException">A line has no such columns; the message names it.</exception>
    public static PostalCodeTable FromGeoNames(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var sums = new Dictionary<(string Country, string Code), (double Latitude, double Longitude, int Count)>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var cells = line.Split('\t');
            if (cells.Length <= LatitudeColumn + 1)
            {
                throw new FormatException($"Line {number} has {cells.Length} columns, not {LatitudeColumn + 2} or more with tabs between them.");
            }

            if (TryRead(cells[LatitudeColumn], cells[LatitudeColumn + 1], out var place))
            {
                var key = (cells[0].ToUpperInvariant(), Plain(cells[1]));
                var sum = sums.GetValueOrDefault(key);
                sums[key] = (sum.Latitude + place.Latitude, sum.Longitude + place.Longitude, sum.Count + 1);
            }
        }

        return new PostalCodeTable(sums.ToDictionary(
            s => s.Key, s => new GeoPoint(s.Value.Latitude / s.Value.Count, s.Value.Longitude / s.Value.Count)));
    }

    /// <inheritdoc/>
    public bool TryFind(string countryCode, string postalCode, out GeoPoint place)
    {
        ArgumentNullException.ThrowIfNull(countryCode);
        ArgumentNullException.ThrowIfNull(postalCode);
        var code = Plain(postalCode);
        return _places.TryGetValue((countryCode, code), out place)
            || _places.TryGetValue((countryCode, Area(countryCode, code)), out place);
    }

    private static string Area(string country, string code)
    {
        return country switch
        {
            "US" when code.Length > 5 => code[..5],
            "NL" when code.Length > 4 => code[..4],
            "CA" when code.Length > 3 => code[..3],
            "GB" when code.Length > 4 => code[..^3],
            _ => code,
        };
    }

    private static string Plain(string code) =>
        string.Concat(code.Where(c => c is not (' ' or '-'))).ToUpperInvariant();

    private static bool TryRead(string latitude, string longitude, out GeoPoint place)
    {
        var isPlace = double.TryParse(latitude, NumberStyles.Float, CultureInfo.InvariantCulture, out var north)
            & double.TryParse(longitude, NumberStyles.Float, CultureInfo.InvariantCulture, out var east);
        isPlace &= GeoPoint.IsOnEarth(north, east);
        place = isPlace ? new GeoPoint(north, east) : default;
        return isPlace;
    }
}
