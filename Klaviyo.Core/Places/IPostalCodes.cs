namespace Klaviyo;

/// <summary>Where postal codes are; the host has the data.</summary>
/// <remarks>
/// Asked while conditions are evaluated, for the same code always with the same answer: what it knows must not change, or
/// segments that were evaluated before would no longer be right.
/// </remarks>
/// <threadsafety>Called from many threads at once.</threadsafety>
public interface IPostalCodes
{
    /// <summary>Finds the place of a postal code.</summary>
    /// <param name="countryCode">Two letters, upper case, e.g. <c>DE</c>.</param>
    /// <param name="postalCode">As it was written, e.g. <c>SW1A 1AA</c>.</param>
    /// <param name="place">The middle of the area.</param>
    /// <returns><see langword="false"/> where it is not known.</returns>
    bool TryFind(string countryCode, string postalCode, out GeoPoint place);
}
