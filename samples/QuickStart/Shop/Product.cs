using Klaviyo;

namespace QuickStart.Shop;

/// <summary>Something that the shop sells: gear for the house and for the hills.</summary>
internal sealed record Product(string Name, string Category, double Price)
{
    internal static readonly Product[] All =
    [
        new("Moka Pot", "Kitchen", 34), new("Burr Grinder", "Kitchen", 129),
        new("Pour-over Kettle", "Kitchen", 79), new("Cast Iron Pan", "Kitchen", 59),
        new("Chef's Knife", "Kitchen", 145), new("Espresso Machine", "Kitchen", 890),
        new("Coffee Beans 1 kg", "Pantry", 24), new("Green Tea", "Pantry", 14),
        new("Olive Oil", "Pantry", 19), new("Dark Chocolate", "Pantry", 6),
        new("Wild Honey", "Pantry", 12), new("Sea Salt", "Pantry", 8),
        new("Linen Sheets", "Home", 189), new("Wool Blanket", "Home", 119),
        new("Desk Lamp", "Home", 89), new("Oak Stool", "Home", 159),
        new("Scented Candle", "Home", 22), new("Armchair", "Home", 1190),
        new("Rain Jacket", "Outdoor", 219), new("Two-person Tent", "Outdoor", 489),
        new("Trail Backpack", "Outdoor", 149), new("Sleeping Bag", "Outdoor", 239),
        new("Head Lamp", "Outdoor", 45), new("Water Bottle", "Outdoor", 29),
        new("Trail Shoes", "Clothing", 139), new("Merino Shirt", "Clothing", 75),
        new("Wool Socks", "Clothing", 18), new("Down Vest", "Clothing", 169),
        new("Canvas Belt", "Clothing", 35), new("Beanie", "Clothing", 28),
        new("Notebook", "Paper", 16), new("Fountain Pen", "Paper", 95),
        new("City Map", "Paper", 12), new("Wall Calendar", "Paper", 21),
        new("Field Guide", "Paper", 32), new("Board Game", "Paper", 49),
    ];

    /// <summary>Gets what a "Viewed Product" event says; every view of the product shares it.</summary>
    internal PropertyMap Viewed { get; } = new()
    {
        ["ProductName"] = Name,
        ["Category"] = Category,
        ["Price"] = Price,
        ["URL"] = $"https://shop.example/{Category.ToLowerInvariant()}/{Name.Replace(' ', '-').ToLowerInvariant()}",
    };
}
