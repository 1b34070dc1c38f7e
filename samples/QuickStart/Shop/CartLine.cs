using Klaviyo;

namespace QuickStart.Shop;

/// <summary>A product in a cart.</summary>
internal readonly record struct CartLine(Product Product, int Quantity)
{
    internal double Total => Product.Price * Quantity;

    /// <summary>Gets the line as an order lists it.</summary>
    internal PropertyMap Item => new(3)
    {
        ["Name"] = Product.Name,
        ["Price"] = Product.Price,
        ["Quantity"] = (double)Quantity,
    };

    /// <summary>What an "Added to Cart" event says.</summary>
    internal PropertyMap Properties(string cartId) => new(5)
    {
        ["cart_id"] = cartId,
        ["ProductName"] = Product.Name,
        ["Category"] = Product.Category,
        ["Price"] = Product.Price,
        ["Quantity"] = (double)Quantity,
    };
}
