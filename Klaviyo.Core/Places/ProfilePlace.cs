using System.Globalization;

namespace Klaviyo;

// Where a profile is, by the fields that Klaviyo keeps in its location.
internal static class ProfilePlace
{
    internal const string LatitudeText = "location['latitude']";
    internal const string LongitudeText = "location['longitude']";

    internal static readonly PropertyPath Latitude = new(LatitudeText);
    internal static readonly PropertyPath Longitude = new(LongitudeText);

    private static readonly PropertyPath Country = new("location['country']");
    private static readonly PropertyPath Zip = new("location['zip']");

    internal static ReadOnlySpan<PropertyPath> All => Paths;

    private static readonly PropertyPath[] Paths = [Latitude, Longitude, Country, Zip];

    internal static ReadOnlySpan<PropertyPath> OfCountry => Paths.AsSpan(2, 1);

    internal static string? CountryCode(in EvaluationContext context) =>
        Country.Of(context.History, context.At) is { Kind: PropertyKind.String } country ? Countries.CodeOf(country.AsString()) : null;

    // The coordinates where they are known, else the place of the postal code.
    internal static GeoPoint? Of(IPostalCodes? postalCodes, in EvaluationContext context)
    {
        if (Of(Latitude, Longitude, context) is { } point)
        {
            return point;
        }

        return postalCodes is not null
            && CountryCode(context) is { } country
            && Zip.Of(context.History, context.At) is { Kind: PropertyKind.String } zip
                ? Of(postalCodes, country, zip.AsString())
                : null;
    }

    /// <summary>Asks the host where a postal code is.</summary>
    /// <exception cref="InvalidOperationException">The host's own code failed, whatever it threw.</exception>
    internal static GeoPoint? Of(IPostalCodes postalCodes, string country, string postalCode)
    {
        try
        {
            return postalCodes.TryFind(country, postalCode, out var place) ? place : null;
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException(
                $"The host's postal codes failed for {country} {postalCode}: {fault.GetType().Name}: {fault.Message}", fault);
        }
    }

    internal static GeoPoint? Of(PropertyPath latitude, PropertyPath longitude, in EvaluationContext context)
    {
        return TryDegrees(latitude.Of(context.History, context.At), out var north)
            && TryDegrees(longitude.Of(context.History, context.At), out var east)
            && GeoPoint.IsOnEarth(north, east)
                ? new GeoPoint(north, east)
                : null;
    }

    // The one place where text is taken for a number: Klaviyo's own API gives coordinates as either.
    private static bool TryDegrees(PropertyValue value, out double degrees)
    {
        degrees = value.Kind == PropertyKind.Number ? value.AsNumber() : 0;
        return value.Kind == PropertyKind.Number
            || (value.Kind == PropertyKind.String
                && double.TryParse(value.AsString(), NumberStyles.Float, CultureInfo.InvariantCulture, out degrees));
    }
}
