namespace Klaviyo.Tests.Core.Places;

public sealed class PostalCodeTableTests
{
    private static readonly PostalCodeTable Table = PostalCodeTable.FromGeoNames(
    [
        "US\t02110\tBoston\tMassachusetts\tMA\tSuffolk\t025\t\t\t42.36\t-71.05\t4",
        "CA\tM5V\tToronto\tOntario\tON\t\t\t\t\t43.64\t-79.39\t6",
        "GB\tSW1A\tLondon\tEngland\tENG\t\t\t\t\t51.50\t-0.13\t4",
        "NL\t1012\tAmsterdam\tNoord-Holland\t07\t\t\t\t\t52.37\t4.89\t6",
        "DE\t10115\tBerlin\tBerlin\tBE\t\t00\t\t11000\t52.50\t13.38\t6",
        "DE\t10115\tBerlin Mitte\tBerlin\tBE\t\t00\t\t11000\t52.54\t13.40\t6",
        "DE\t99999\tNowhere\t\t\t\t\t\t\t\t\t",
    ]);

    [TestCase("US", "02110", 42.36)]
    [TestCase("US", "02110-1234", 42.36)]
    [TestCase("CA", "m5v 2t6", 43.64)]
    [TestCase("GB", "SW1A 1AA", 51.50)]
    [TestCase("NL", "1012 AB", 52.37)]
    [TestCase("DE", "10115", 52.52)]
    public void TryFind_CodeOrItsArea_IsFound(string country, string code, double latitude)
    {
        Assert.That(Table.TryFind(country, code, out var place));
        Assert.That(place.Latitude, Is.EqualTo(latitude).Within(1e-9));
    }

    [TestCase("DE", "02110")]
    [TestCase("DE", "99999")]
    [TestCase("US", "0211")]
    public void TryFind_Unknown_IsFalse(string country, string code)
    {
        Assert.That(Table.TryFind(country, code, out _), Is.False);
        Assert.That(Table.Count, Is.EqualTo(5));
    }

    [Test]
    public void FromGeoNames_LineWithoutColumns_IsNamed() =>
        Assert.That(() => PostalCodeTable.FromGeoNames(["US,02110"]), Throws.TypeOf<FormatException>().With.Message.Contains("Line 1"));

    // Published distances between airports, which differ from a sphere's by up to half a percent.
    [TestCase(40.6413, -73.7781, 51.4700, -0.4543, 5540)]
    [TestCase(35.5494, 139.7798, 37.6213, -122.3790, 8270)]
    [TestCase(0, 179.5, 0, -179.5, 111.2)]
    public void KilometersTo_IsTheGreatCircle(double latitude, double longitude, double otherLatitude, double otherLongitude, double km)
    {
        var (here, there) = (new GeoPoint(latitude, longitude), new GeoPoint(otherLatitude, otherLongitude));
        Assert.That(here.KilometersTo(there), Is.EqualTo(km).Within(0.5).Percent);
        Assert.That(there.KilometersTo(here), Is.EqualTo(here.KilometersTo(there)).Within(1e-9));
    }
}
