using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Conditions;

public sealed class PlaceConditionTests
{
    private const string T = "2026-11-23T12:00:00Z";

    private static readonly DefinitionEnvironment Codes = new()
    {
        PostalCodes = PostalCodeTable.FromGeoNames(
        [
            "US\t02110\tBoston\t\t\t\t\t\t\t42.36\t-71.05\t4",
            "US\t10001\tNew York\t\t\t\t\t\t\t40.75\t-73.997\t4",
        ]),
    };

    [TestCase("FR", Region.EuropeanUnion, true)]
    [TestCase("Germany", Region.EuropeanUnion, true)]
    [TestCase("RE", Region.EuropeanUnion, true)]
    [TestCase("GB", Region.EuropeanUnion, false)]
    [TestCase("CH", Region.EuropeanUnion, false)]
    [TestCase("United States", Region.UnitedStates, true)]
    [TestCase("PR", Region.UnitedStates, true)]
    [TestCase("CA", Region.UnitedStates, false)]
    [TestCase("Atlantis", Region.UnitedStates, false)]
    [TestCase(null, Region.EuropeanUnion, false)]
    public void Region_CountryOfTheLocation_IsInIt(string? country, Region region, bool expected)
    {
        var history = new ListHistory().Has("location", new PropertyMap { ["country"] = country });
        Assert.That(new ProfileRegionCondition(true, region).Holds(history.At(T)), Is.EqualTo(expected));
        Assert.That(new ProfileRegionCondition(false, region).Holds(history.At(T)), Is.Not.EqualTo(expected), "the complement");
    }

    [Test]
    public void Region_CountryWrittenLater_IsTheNextBoundary()
    {
        var history = new ListHistory().Has("location", new PropertyMap { ["country"] = "FR" }, "2026-12-01");
        var condition = new ProfileRegionCondition(true, Region.EuropeanUnion);
        Assert.That(condition.NextBoundary(history.At(T)), Is.EqualTo(Instant.Parse("2026-12-01")));
    }

    // Boston is some 306 km from New York.
    [TestCase("greater-than", 300, "kilometers", true)]
    [TestCase("less-than", 300, "kilometers", false)]
    [TestCase("less-than", 200, "miles", true)]
    [TestCase("less-than", 180, "miles", false)]
    public void PostalCodeDistance_OfThePostalCodeOfTheProfile(string op, double distance, string unit, bool expected)
    {
        var segment = SegmentJson.Parse(Distance(op, distance, unit), Codes);
        var byCode = new ListHistory().Has("location", new PropertyMap { ["country"] = "United States", ["zip"] = "10001-0001" });
        var byText = new ListHistory().Has("location", new PropertyMap { ["latitude"] = "40.75", ["longitude"] = -73.997 });
        Assert.That(segment.Holds(byCode.At(T)), Is.EqualTo(expected));
        Assert.That(segment.Holds(byText.At(T)), Is.EqualTo(expected));
    }

    [Test]
    public void PostalCodeDistance_WhereNothingIsKnown_DoesNotHoldAndSaysWhy()
    {
        var here = new ListHistory().Has("location", new PropertyMap { ["latitude"] = 40.75, ["longitude"] = -73.997 });
        var nowhere = new ListHistory().Has("location", new PropertyMap { ["zip"] = "10001" });
        var without = SegmentJson.Parse(Distance("greater-than", 1, "miles"));
        var with = SegmentJson.Parse(Distance("greater-than", 1, "miles"), Codes);
        Assert.That(without.Explain(here.At(T)).Holds, Is.False);
        Assert.That(without.Explain(here.At(T)).Condition, Does.Contain("where that is, is not known here"));
        Assert.That(with.Explain(nowhere.At(T)).Holds, Is.False);
        Assert.That(with.Explain(nowhere.At(T)).Condition, Does.Contain("where the profile is, is not known"));
        Assert.That(with, Is.EqualTo(without), "data is no part of a definition");
    }

    [TestCase(47.3769, 8.5417, true)]
    [TestCase(47.4979, 8.7241, true)]
    [TestCase(46.9480, 7.4474, false)]
    public void GeoCircle_WithinTheRadius(double latitude, double longitude, bool expected)
    {
        var condition = new GeoCondition(new GeoCircle(new GeoPoint(47.3769, 8.5417), 30, DistanceUnit.Kilometers));
        Assert.That(condition.Holds(new ListHistory().Has("location", At(latitude, longitude)).At(T)), Is.EqualTo(expected));
        Assert.That(condition.Explain(new ListHistory().Has("location", At(latitude, longitude)).At(T)).Value.AsList(), Has.Count.EqualTo(2));
        Assert.That(condition.Holds(new ListHistory().At(T)), Is.False);
        Assert.That(condition.Holds(new ListHistory().Has("location", At(latitude, 500)).At(T)), Is.False, "not on Earth");
    }

    [TestCase(0, 175, true)]
    [TestCase(0, -175, true)]
    [TestCase(10, 170, true)]
    [TestCase(10.001, 170, false)]
    [TestCase(0, 169.9, false)]
    [TestCase(0, 0, false)]
    public void GeoBox_OverThe180thMeridian_WithItsEdges(double latitude, double longitude, bool expected)
    {
        var condition = new GeoCondition(new GeoBox(new GeoPoint(-10, 170), new GeoPoint(10, -170))) { Latitude = "home.lat", Longitude = "home.lon" };
        var history = new ListHistory().Has("home", new PropertyMap { ["lat"] = latitude, ["lon"] = longitude });
        Assert.That(condition.Holds(history.At(T)), Is.EqualTo(expected));
        Assert.That(new SegmentDefinition(condition).Dependencies.Properties, Does.Contain("home"));
    }

    private static PropertyMap At(double latitude, double longitude) => new() { ["latitude"] = latitude, ["longitude"] = longitude };

    private static string Distance(string op, double distance, string unit) =>
        $$$"""{"type":"profile-postal-code-distance","country_code":"US","postal_code":"02110","unit":"{{{unit}}}","filter":{"type":"numeric","operator":"{{{op}}}","value":{{{distance}}}}}""";
}
