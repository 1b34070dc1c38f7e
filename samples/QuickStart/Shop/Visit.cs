using System.Globalization;
using Klaviyo;

namespace QuickStart.Shop;

/// <summary>One visit to the shop: a look around, perhaps a cart, perhaps an order.</summary>
internal sealed class Visit(Dice dice, Action<CustomerEvent, Instant> send, Instant day)
{
    private static readonly string[] Sources = ["Search", "Direct", "Social", "Advertisement", "Referral"];
    private static readonly string[] Campaigns = ["Weekly Letter", "New In", "Back in Stock", "Members' Sale"];
    private static readonly string[] Complaints = ["Too small", "Damaged", "Changed my mind", "Arrived late"];

    private readonly double _mood = Season.Mood(day);
    private Customer _customer = null!;
    private bool _onPhone;
    private long _lateMs;
    private Instant _now;

    /// <summary>Plays one visit and sends what happened.</summary>
    internal void Happen(Customer customer)
    {
        _customer = customer;
        _now = day.PlusMs((long)Season.HourOfDayMs(dice));
        _onPhone = dice.Chance(customer.OnPhone);

        // A phone without network sends in the evening, or after the weekend.
        _lateMs = _onPhone && dice.Chance(0.06) ? (long)dice.Exponential(20 * 3_600_000.0) : 0;
        if (_now < customer.Joined)
        {
            _now = customer.Joined;
        }

        if (customer.ReadsEmail && dice.Chance(0.24) && !ComesFromEmail())
        {
            return;
        }

        Browse();
    }

    private bool ComesFromEmail()
    {
        var campaign = dice.OneOf(Campaigns);
        Did("Opened Email", null, new PropertyMap(1) { ["Campaign"] = campaign });
        if (!dice.Chance(0.35))
        {
            return false;
        }

        Did("Clicked Email", null, new PropertyMap(2) { ["Campaign"] = campaign, ["URL"] = "https://shop.example/new" });
        return true;
    }

    private void Browse()
    {
        Did("Visited Site", null, new PropertyMap(2)
        {
            ["Source"] = dice.OneOf(Sources),
            ["Device"] = _onPhone ? "Phone" : "Desktop",
        });
        var looks = 1 + (int)dice.Exponential(1.5);
        var seen = Product.All[0];
        for (var i = 0; i < looks; i++)
        {
            seen = dice.OneOf(Product.All);
            Did("Viewed Product", null, seen.Viewed);
        }

        if (dice.Chance(Math.Min(0.8, 0.2 + 0.07 * _customer.Taste) * _mood))
        {
            FillCart(seen);
        }
    }

    private void FillCart(Product first)
    {
        var cartId = string.Create(CultureInfo.InvariantCulture, $"cart-{_now.UnixMs}-{dice.Below(1000)}");
        var lines = new CartLine[Math.Min(12, 1 + (int)dice.Exponential(_customer.Taste * 0.27))];
        for (var i = 0; i < lines.Length; i++)
        {
            var product = i == 0 ? first : dice.OneOf(Product.All);
            lines[i] = new CartLine(product, product.Price < 40 ? 1 + dice.Below(3) : 1);
            Did("Added to Cart", lines[i].Total, lines[i].Properties(cartId));
        }

        // Orders are made online: a phone that sends late has left its cart.
        if (_lateMs == 0 && dice.Chance(0.62))
        {
            CheckOut(cartId, lines);
        }
    }

    private void CheckOut(string cartId, CartLine[] lines)
    {
        var total = lines.Sum(line => line.Total);
        Did("Started Checkout", total, new PropertyMap(2) { ["cart_id"] = cartId, ["Items"] = (double)lines.Length });
        if (!dice.Chance(0.78))
        {
            return;
        }

        var discount = dice.Chance(0.2) ? 0.1 : 0;
        var value = Math.Round(total * (1 - discount), 2);
        var orderId = string.Create(CultureInfo.InvariantCulture, $"O-{_now.UnixMs / 1000}-{dice.Below(1000)}");
        Did("Placed Order", value, new PropertyMap(7)
        {
            ["OrderId"] = orderId,
            ["cart_id"] = cartId,
            ["Items"] = Array.ConvertAll(lines, line => (PropertyValue)line.Item),
            ["Category"] = lines[0].Product.Category,
            ["City"] = _customer.City.Name,
            ["Discount"] = Math.Round(total - value, 2),
            ["Coupon"] = discount > 0 ? "TAKE10" : PropertyValue.Null,
        });

        if (dice.Chance(0.06))
        {
            SendBack(orderId, value);
        }
    }

    private void SendBack(string orderId, double value)
    {
        _now = _now.PlusMs((long)((3 + 18 * dice.Next()) * 86_400_000));
        Did("Refunded Order", value, new PropertyMap(2) { ["OrderId"] = orderId, ["Reason"] = dice.OneOf(Complaints) });
    }

    private void Did(string metric, double? value, PropertyMap properties)
    {
        var happened = new CustomerEvent
        {
            Profile = _customer.Key,
            Metric = metric,
            Time = _now,
            Value = value,
            Properties = properties,
            UniqueId = string.Create(CultureInfo.InvariantCulture, $"e{_now.UnixMs:x}-{dice.Below(1 << 24):x}"),
        };
        send(happened, _now.PlusMs(_lateMs));
        _now = _now.PlusMs(4_000 + (long)dice.Exponential(50_000));
    }
}
