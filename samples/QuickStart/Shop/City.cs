using Klaviyo;

namespace QuickStart.Shop;

/// <summary>Where customers live.</summary>
/// <param name="Name">The city.</param>
/// <param name="Location">What Klaviyo keeps as a profile's <c>location</c>.</param>
/// <param name="Share">How many of a hundred customers live there.</param>
/// <param name="Wealth">How much they spend, compared with others.</param>
internal sealed record City(string Name, PropertyMap Location, double Share, double Wealth)
{
    private static readonly City[] All =
    [
        Of("New York", "NY", "United States", "America/New_York", 4.0, wealth: 1.7),
        Of("Los Angeles", "CA", "United States", "America/Los_Angeles", 6.5),
        Of("Chicago", "IL", "United States", "America/Chicago", 6.0),
        Of("Houston", "TX", "United States", "America/Chicago", 5.0),
        Of("Phoenix", "AZ", "United States", "America/Phoenix", 4.5),
        Of("Philadelphia", "PA", "United States", "America/New_York", 5.5),
        Of("San Diego", "CA", "United States", "America/Los_Angeles", 5.0),
        Of("Dallas", "TX", "United States", "America/Chicago", 5.5),
        Of("Austin", "TX", "United States", "America/Chicago", 6.0),
        Of("Seattle", "WA", "United States", "America/Los_Angeles", 7.0),
        Of("Denver", "CO", "United States", "America/Denver", 6.0),
        Of("Boston", "MA", "United States", "America/New_York", 7.0),
        Of("Portland", "OR", "United States", "America/Los_Angeles", 6.0),
        Of("Toronto", "ON", "Canada", "America/Toronto", 7.0),
        Of("Vancouver", "BC", "Canada", "America/Vancouver", 4.0),
        Of("London", "England", "United Kingdom", "Europe/London", 7.0),
        Of("Dublin", "Leinster", "Ireland", "Europe/Dublin", 3.0),
        Of("Berlin", "Berlin", "Germany", "Europe/Berlin", 5.0),
    ];

    internal static City Pick(Dice dice)
    {
        var ticket = dice.Next() * 100;
        foreach (var city in All)
        {
            ticket -= city.Share;
            if (ticket < 0)
            {
                return city;
            }
        }

        return All[^1];
    }

    private static City Of(string name, string region, string country, string zone, double share, double wealth = 1)
    {
        var location = new PropertyMap
        {
            ["city"] = name,
            ["region"] = region,
            ["country"] = country,
            ["timezone"] = zone,
        };
        return new City(name, location, share, wealth);
    }
}
