namespace Klaviyo;

/// <summary>The units in which distances are given.</summary>
public enum DistanceUnit
{
    /// <summary>1000 metres.</summary>
    Kilometers,

    /// <summary>1609.344 metres.</summary>
    Miles,
}

internal static class DistanceUnits
{
    internal static readonly OperatorNames<DistanceUnit> Names = new(
        ("kilometers", DistanceUnit.Kilometers), ("miles", DistanceUnit.Miles));

    private const double KmInAMile = 1.609344;

    internal static double FromKm(double km, DistanceUnit unit) => unit == DistanceUnit.Miles ? km / KmInAMile : km;
}
