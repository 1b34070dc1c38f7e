namespace Klaviyo;

/// <summary>A place on Earth, in decimal degrees.</summary>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct GeoPoint
{
    // The mean radius of the Earth as geodesists give it (IUGG).
    private const double EarthRadiusKm = 6371.0088;

    /// <summary>Creates a place.</summary>
    /// <param name="latitude">−90 (south) to 90 (north).</param>
    /// <param name="longitude">−180 (west) to 180 (east).</param>
    /// <exception cref="ArgumentOutOfRangeException">Not on Earth.</exception>
    public GeoPoint(double latitude, double longitude)
    {
        if (!IsOnEarth(latitude, longitude))
        {
            throw new ArgumentOutOfRangeException(nameof(latitude), (latitude, longitude), "A latitude is −90 to 90, a longitude −180 to 180.");
        }

        Latitude = latitude;
        Longitude = longitude;
    }

    /// <summary>Gets the degrees north of the equator.</summary>
    public double Latitude { get; }

    /// <summary>Gets the degrees east of Greenwich.</summary>
    public double Longitude { get; }

    /// <summary>Gets the distance along the surface of a sphere as large as the Earth.</summary>
    /// <returns>Kilometres; right to half a percent, because the Earth is no sphere.</returns>
    public double KilometersTo(GeoPoint other)
    {
        var latitudes = Math.Sin(Radians(other.Latitude - Latitude) / 2);
        var longitudes = Math.Sin(Radians(other.Longitude - Longitude) / 2);
        var haversine = (latitudes * latitudes)
            + (Math.Cos(Radians(Latitude)) * Math.Cos(Radians(other.Latitude)) * longitudes * longitudes);
        return 2 * EarthRadiusKm * Math.Asin(Math.Min(1, Math.Sqrt(haversine)));
    }

    internal static bool IsOnEarth(double latitude, double longitude) => latitude is >= -90 and <= 90 && longitude is >= -180 and <= 180;

    private static double Radians(double degrees) => degrees * Math.PI / 180;
}
