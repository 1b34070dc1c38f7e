namespace Klaviyo.Tests.Storage.Database;

// Who is merged into somebody who is merged into somebody …: a profile may be as deep as there are profiles.
public sealed class MergedChainTests
{
    private const int Depth = 4000;

    [Test]
    public async Task Read_OfAChainOfMerges_TakesMemoryForEachOfItsPartsOnce()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        for (var i = 0; i <= Depth; i++)
        {
            store.Database.Apply(new ProfileWrite
            {
                Profile = [Person(i)],
                Properties = new PropertyMap { ["score"] = i },
            });
        }

        for (var i = 0; i < Depth; i++)
        {
            Assert.That(store.Database.Store.Merge(Person(i), Person(i + 1)).Accepted, Is.True);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var history = store.Database.PropertyHistory(Person(0), "score");
        var read = GC.GetAllocatedBytesForCurrentThread() - before;
        var profile = store.Database.Profile(Person(0))!;
        var whole = GC.GetAllocatedBytesForCurrentThread() - before - read;
        await TestContext.Out.WriteLineAsync($"a property {read:N0} bytes, a profile {whole:N0}");
        Assert.That(history.Select(w => w.Value.AsNumber()), Is.EqualTo(new double[] { Depth }));
        Assert.That(profile.Properties["score"], Is.EqualTo((PropertyValue)Depth));
        Assert.That(profile.Identifiers, Has.Count.EqualTo(Depth + 1));
        Assert.That(read, Is.LessThan(4L << 20));
        Assert.That(whole, Is.LessThan(8L << 20));
    }

    private static Identifier Person(int n) => Identifier.ExternalId($"{n}");
}
