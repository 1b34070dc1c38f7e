using QuickStart.Shop;

namespace Klaviyo.Tests.Samples;

public sealed class ShopSimulatorTests
{
    private const int Events = 20_000;

    [Test]
    public void Writes_AreTheSameEveryTime()
    {
        var first = new ShopSimulator(Events).Writes().Select(w => w.ToString());
        var second = new ShopSimulator(Events).Writes().Select(w => w.ToString());
        Assert.That(first.SequenceEqual(second), Is.True);
    }

    [Test]
    public void Events_AreAsManyAsAskedFor_WithinTheYear_AndHaveIdsOfTheirOwn()
    {
        var events = new ShopSimulator(Events).Writes().OfType<CustomerEvent>().ToList();
        Assert.That(events, Has.Count.EqualTo(Events));
        Assert.That(events.Select(e => e.UniqueId).Distinct().Count(), Is.EqualTo(Events));
        Assert.That(events.Min(e => e.Time), Is.GreaterThanOrEqualTo(ShopSimulator.Start));
        Assert.That(events.Max(e => e.Time), Is.LessThan(ShopSimulator.End));
    }

    [Test]
    public void Profiles_ArriveBeforeTheirEvents()
    {
        var known = new HashSet<Identifier>();
        foreach (var write in new ShopSimulator(Events).Writes())
        {
            if (write is ProfileWrite)
            {
                known.Add(write.Profile[0]);
            }

            Assert.That(known, Does.Contain(write.Profile[0]));
        }
    }

    [Test]
    public void Story_IsThatOfAShop()
    {
        var events = new ShopSimulator(Events).Writes().OfType<CustomerEvent>().ToLookup(e => e.Metric);
        var orders = events["Placed Order"].ToList();
        var carts = events["Added to Cart"].Select(e => e.Properties["cart_id"]).Distinct().Count();
        Assert.That(orders, Has.All.Matches<CustomerEvent>(o => o!.Value > 0));
        Assert.That(orders.Select(o => o.Properties["OrderId"]).Distinct().Count(), Is.EqualTo(orders.Count));
        Assert.That(carts, Is.GreaterThan(orders.Count), "some carts are left");
        Assert.That(events["Viewed Product"].Count(), Is.GreaterThan(carts));
        Assert.That(events["Refunded Order"].Count(), Is.InRange(1, orders.Count / 5));
    }

    [Test]
    public void Phones_SendLate()
    {
        var (late, latest) = (0, Instant.MinValue);
        foreach (var sent in new ShopSimulator(Events).Writes().OfType<CustomerEvent>())
        {
            late += sent.Time < latest.PlusMs(-3_600_000) ? 1 : 0;
            latest = sent.Time > latest ? sent.Time!.Value : latest;
        }

        Assert.That(late, Is.InRange(Events / 100, Events / 10));
    }
}
