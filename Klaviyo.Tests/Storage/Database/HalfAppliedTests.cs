namespace Klaviyo.Tests.Storage.Database;

// Whatever goes wrong behind an append: what is in the log and not applied must not become durable.
public sealed class HalfAppliedTests
{
    [TestCase(1)]
    [TestCase(3)]
    public async Task Fault_BehindAnAppend_StopsAllWrites(int lanes)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.TrackAsync("email:a@b.c", "before");
        Assert.That(() => Fail(store, [1]), Throws.InstanceOf<DivideByZeroException>());
        Assert.That(async () => await store.Database.TrackAsync("email:a@b.c", "after"), Throws.InstanceOf<StorePoisonedException>());
        Assert.That(async () => await store.Database.CommitAsync(), Throws.InstanceOf<StorePoisonedException>());
        Assert.That(store.Count("email:a@b.c", "before"), Is.EqualTo(1), "reading goes on");
        await store.CrashAsync();
        Assert.That(store.Count("email:a@b.c", "before"), Is.EqualTo(1));
    }

    [Test]
    public async Task Fault_BeforeAnyAppend_StopsNothing()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync("email:a@b.c", "before");
        Assert.That(() => Fail(store, null), Throws.InstanceOf<DivideByZeroException>());
        await store.Database.TrackAsync("email:a@b.c", "after");
        Assert.That(store.Count("email:a@b.c", "after"), Is.EqualTo(1));
    }

    private static void Fail(DatabaseFixture store, byte[]? record)
    {
        store.Database.Store.Run(0, scope =>
        {
            if (record is not null)
            {
                scope.Append(record);
            }

            throw new DivideByZeroException();
        });
    }
}
