using System.Globalization;
using Klaviyo;

namespace QuickStart.Shop;

/// <summary>A person who shops, and how.</summary>
internal sealed class Customer
{
    private static readonly string[] FirstNames =
    [
        "Ada", "Alan", "Amara", "Anna", "Ben", "Carla", "Chen", "Chloe", "Dana", "David", "Diego", "Elena",
        "Emma", "Eva", "Felix", "Fatima", "Grace", "Hannah", "Henry", "Ines", "Isaac", "Jack", "James", "Jin",
        "Julia", "Kai", "Laura", "Leo", "Lena", "Liam", "Lucia", "Marcus", "Maria", "Maya", "Mei", "Mia",
        "Nadia", "Nina", "Noah", "Nora", "Olga", "Oliver", "Omar", "Paul", "Priya", "Rosa", "Ruth", "Sam",
        "Sara", "Sofia", "Theo", "Tom", "Uma", "Viktor", "Yuki", "Zoe",
    ];

    private static readonly string[] LastNames =
    [
        "Adams", "Ahmed", "Allen", "Baker", "Bauer", "Brown", "Byrne", "Chen", "Clark", "Costa", "Cruz",
        "Davis", "Diaz", "Evans", "Fischer", "Garcia", "Green", "Gupta", "Hall", "Harris", "Hill", "Hughes",
        "Ito", "Jackson", "Jones", "Kaya", "Khan", "Kim", "King", "Klein", "Kowalski", "Lee", "Lewis", "Lopez",
        "Martin", "Meyer", "Miller", "Moore", "Murphy", "Nguyen", "Novak", "Okafor", "Park", "Patel", "Perez",
        "Quinn", "Reid", "Rossi", "Sato", "Scott", "Silva", "Singh", "Smith", "Taylor", "Torres", "Walker",
        "Weber", "White", "Wilson", "Wong", "Wright", "Young",
    ];

    private static readonly string[] MailHosts =
    [
        "example.com", "example.org", "example.net", "mail.example", "post.example",
    ];

    internal Customer(int number, Instant joined, Dice dice)
    {
        Joined = joined;
        FirstName = dice.OneOf(FirstNames);
        LastName = dice.OneOf(LastNames);
        City = City.Pick(dice);

        // A few customers bring most of the visits, and those who come often also fill larger baskets.
        Visits = dice.Pareto(1.1, 150);
        Taste = Math.Sqrt(Visits) * (0.5 + dice.Next()) * City.Wealth;
        OnPhone = dice.Next();

        var id = Identifier.ExternalId(string.Create(CultureInfo.InvariantCulture, $"C{number:D5}"));
        Key = [id];
        Email = dice.Chance(0.94)
            ? Identifier.Email($"{FirstName}.{LastName}{number}@{dice.OneOf(MailHosts)}")
            : default(Identifier?);
        Phone = dice.Chance(Email is null ? 0.9 : 0.4)
            ? Identifier.PhoneNumber(string.Create(CultureInfo.InvariantCulture, $"+1555{number:D7}"))
            : default(Identifier?);
        ReadsEmail = Email is not null && dice.Chance(0.72);
    }

    internal Instant Joined { get; }

    internal string FirstName { get; }

    internal string LastName { get; }

    internal City City { get; }

    internal Identifier? Email { get; }

    internal Identifier? Phone { get; }

    /// <summary>Gets whether newsletters may be sent, and are looked at.</summary>
    internal bool ReadsEmail { get; }

    /// <summary>Gets how often the customer comes, compared with others.</summary>
    internal double Visits { get; }

    /// <summary>Gets how much the customer spends at a time, compared with others.</summary>
    internal double Taste { get; }

    /// <summary>Gets the share of visits that are made on a phone.</summary>
    internal double OnPhone { get; }

    /// <summary>Gets the identifier under which the shop reports events.</summary>
    internal Identifier[] Key { get; }

    /// <summary>What the shop writes when the customer registers.</summary>
    internal IEnumerable<CustomerWrite> Registration(Dice dice)
    {
        yield return new ProfileWrite { Profile = [.. Identifiers()], Time = Joined, Properties = Properties() };
        if (Email is not null)
        {
            yield return Said("email", ReadsEmail ? ConsentStatus.Subscribed : ConsentStatus.Unsubscribed);
        }

        if (Phone is not null && dice.Chance(0.6))
        {
            yield return Said("sms", ConsentStatus.Subscribed);
        }
    }

    private ConsentWrite Said(string channel, ConsentStatus status) => new()
    {
        Profile = Key,
        Time = Joined,
        Channel = channel,
        Status = status,
        Method = "checkout",
    };

    private IEnumerable<Identifier> Identifiers()
    {
        yield return Key[0];
        if (Email is { } email)
        {
            yield return email;
        }

        if (Phone is { } phone)
        {
            yield return phone;
        }
    }

    private PropertyMap Properties() => new(3)
    {
        ["first_name"] = FirstName,
        ["last_name"] = LastName,
        ["location"] = City.Location,
    };
}
