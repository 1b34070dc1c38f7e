using Klaviyo.Json;

namespace Klaviyo.Tests.Support;

/// <summary>A host's table of postal codes, whose file may be gone: New York for those that begin with 1, else Los Angeles.</summary>
internal sealed class HostCodes : IPostalCodes
{
    private const string Near =
        """{"type":"profile-postal-code-distance","country_code":"US","postal_code":"10001","unit":"kilometers","filter":{"type":"numeric","operator":"less-than","value":50}}""";

    internal static PropertyMap InNewYork => At("10002");

    internal static PropertyMap InLosAngeles => At("90001");

    internal bool Fail { get; set; }

    public bool TryFind(string countryCode, string postalCode, out GeoPoint place)
    {
        place = postalCode.StartsWith('1') ? new GeoPoint(40.75, -73.99) : new GeoPoint(34.05, -118.24);
        return Fail ? throw new FileNotFoundException("There is no such file.") : true;
    }

    internal static SegmentDefinition NearNewYork(HostCodes codes) =>
        SegmentJson.Parse(Near, new DefinitionEnvironment { PostalCodes = codes });

    private static PropertyMap At(string zip) => new() { ["location"] = new PropertyMap { ["country"] = "US", ["zip"] = zip } };
}
