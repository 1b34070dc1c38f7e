namespace Klaviyo.Tests.Support;

internal static class FilterTesting
{
    internal static bool Matches(this ValueFilter filter, PropertyValue value, string at = "2026-11-23T12:00:00Z", string zone = "UTC") =>
        filter.Matches(value, new ListHistory().At(at, AccountZone.Of(zone)));

    internal static PropertyValue List(params PropertyValue[] items) => items;
}
