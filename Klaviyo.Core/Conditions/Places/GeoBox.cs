using System.Globalization;

namespace Klaviyo;

/// <summary>All places between two latitudes and two longitudes.</summary>
/// <remarks>From the west eastwards to the east, so a box whose west is greater than its east goes over the 180th meridian.</remarks>
public sealed record GeoBox : GeoArea
{
    /// <summary>Creates a box.</summary>
    /// <param name="southWest">The corner in the south and west.</param>
    /// <param name="northEast">The corner in the north and east.</param>
    /// <exception cref="ArgumentOutOfRangeException">The south lies north of the north.</exception>
    public GeoBox(GeoPoint southWest, GeoPoint northEast)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(southWest.Latitude, northEast.Latitude, nameof(southWest));
        SouthWest = southWest;
        NorthEast = northEast;
    }

    /// <summary>Gets the corner in the south and west.</summary>
    public GeoPoint SouthWest { get; }

    /// <summary>Gets the corner in the north and east.</summary>
    public GeoPoint NorthEast { get; }

    /// <inheritdoc/>
    public override string Words => string.Create(
        CultureInfo.InvariantCulture,
        $"between {SouthWest.Latitude}, {SouthWest.Longitude} and {NorthEast.Latitude}, {NorthEast.Longitude}");

    /// <inheritdoc/>
    public override bool Contains(GeoPoint place)
    {
        var (west, east) = (place.Longitude >= SouthWest.Longitude, place.Longitude <= NorthEast.Longitude);
        return place.Latitude >= SouthWest.Latitude
            && place.Latitude <= NorthEast.Latitude
            && (SouthWest.Longitude <= NorthEast.Longitude ? west && east : west || east);
    }
}
