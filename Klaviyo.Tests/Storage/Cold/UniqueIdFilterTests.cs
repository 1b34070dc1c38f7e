using Klaviyo.Storage.Cold;

namespace Klaviyo.Tests.Storage.Cold;

public sealed class UniqueIdFilterTests
{
    [Test]
    public void MayHold_OfWhatWasAdded_IsAlwaysTrue_OfTheRest_SeldomTrue()
    {
        var filter = new UniqueIdFilter();
        const int Keys = 400_000;
        for (var i = 0; i < Keys; i++)
        {
            filter.Add(i % 1000, i % 7, (uint)i * 2654435761u);
        }

        var (missed, wrong) = (0, 0);
        for (var i = 0; i < Keys; i++)
        {
            missed += filter.MayHold(i % 1000, i % 7, (uint)i * 2654435761u) ? 0 : 1;
            wrong += filter.MayHold(i % 1000, i % 7, ((uint)i * 2654435761u) + 1) ? 1 : 0;
        }

        Assert.That(missed, Is.Zero);
        Assert.That(wrong, Is.LessThan(Keys * 3 / 100), "it is there to save reads");
        Assert.That(filter.Bytes, Is.LessThan(Keys * 8), "it is there to save memory");
    }
}
