using System.Globalization;

namespace Klaviyo;

/// <summary>All places that are no further from a place than so far.</summary>
public sealed record GeoCircle : GeoArea
{
    /// <summary>Creates a circle.</summary>
    /// <param name="center">Its middle.</param>
    /// <param name="radius">How far it reaches.</param>
    /// <param name="unit">The unit of that.</param>
    /// <exception cref="ArgumentOutOfRangeException">The radius is negative or no number.</exception>
    public GeoCircle(GeoPoint center, double radius, DistanceUnit unit)
    {
        if (radius is not (>= 0 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(radius), radius, "A radius is 0 or more.");
        }

        Center = center;
        Radius = radius;
        Unit = unit;
    }

    /// <summary>Gets the middle.</summary>
    public GeoPoint Center { get; }

    /// <summary>Gets how far it reaches, in <see cref="Unit"/>.</summary>
    public double Radius { get; }

    /// <summary>Gets the unit of the radius.</summary>
    public DistanceUnit Unit { get; }

    /// <inheritdoc/>
    public override string Words => string.Create(
        CultureInfo.InvariantCulture,
        $"within {Radius} {DistanceUnits.Names.NameOf(Unit)} of {Center.Latitude}, {Center.Longitude}");

    /// <inheritdoc/>
    public override bool Contains(GeoPoint place) => DistanceUnits.FromKm(Center.KilometersTo(place), Unit) <= Radius;
}
