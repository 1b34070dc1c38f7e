using CsCheck;

namespace Klaviyo.Tests.Storage.Database;

// "Each event that arrived later than a threshold after its time": compared with a walk over all events.
public sealed class LateEventTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Test]
    public async Task Late_ExactlyTheThreshold_IsInTime_AMillisecondMoreIsLate()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync("email:a@b.c", "A", 1, time: DatabaseFixture.Start.Plus(-Hour));
        await store.Database.TrackAsync("email:a@b.c", "A", 2, time: DatabaseFixture.Start.Plus(-Hour).PlusMs(-1));
        await store.Database.TrackAsync("email:a@b.c", "A", 3, time: DatabaseFixture.Start.Plus(Hour));
        var late = store.Database.LateEvents(Hour).Single();
        Assert.That(late.Event.Value, Is.EqualTo(2));
        Assert.That(late.Lateness, Is.EqualTo(Hour + TimeSpan.FromMilliseconds(1)));
        Assert.That(late.Backfill, Is.False);
    }

    [Test]
    public void Late_OfRandomEvents_IsWhatAllEventsSay([Values(1, 3)] int lanes)
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[-90, 30], Gen.Bool).Array[0, 40].Sample(
            sent => CompareAsync(lanes, sent).GetAwaiter().GetResult(), iter: 40, threads: 1);
    }

    [Test]
    public async Task SubscribeLate_GoesOnFromItsPosition_WithThoseToCome()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        await store.Database.TrackAsync("email:a@b.c", "A", 1, time: DatabaseFixture.Start.Plus(-2 * Hour));
        var position = store.Database.LateEvents(Hour).Single().Next;
        await using var following = store.Database.SubscribeLateAsync(Hour, StorePosition.Parse(position.ToString())).GetAsyncEnumerator();
        var pending = following.MoveNextAsync();
        await store.Database.TrackAsync("email:d@e.f", "A", 2);
        Assert.That(pending.IsCompleted, Is.False, "what is in time is passed over");
        await store.Database.TrackAsync("email:d@e.f", "A", 3, time: DatabaseFixture.Start.Plus(-3 * Hour));
        Assert.That(await pending, Is.True);
        Assert.That(following.Current.Event.Value, Is.EqualTo(3));
        Assert.That(following.Current.Profile, Is.EqualTo(store.Database.Profile("email:d@e.f")!.Id));
    }

    [Test]
    public async Task Late_OfAnErasedProfile_IsNotTold()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync("email:a@b.c", "A", 1, time: DatabaseFixture.Start.Plus(-2 * Hour));
        await store.Database.TrackAsync("email:d@e.f", "A", 2, time: DatabaseFixture.Start.Plus(-2 * Hour));
        await store.Database.EraseAsync("email:a@b.c", suppress: false);
        Assert.That(store.Database.LateEvents(Hour).Single().Event.Value, Is.EqualTo(2));
    }

    [Test]
    public async Task Late_NegativeThreshold_IsRefusedAtOnce()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        Assert.That(() => store.Database.LateEvents(-Hour), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => store.Database.SubscribeLateAsync(-Hour), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static async Task CompareAsync(int lanes, (int Who, int Minutes, bool Backfill)[] sent)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        var writes = sent.Select((s, n) => (CustomerWrite)new CustomerEvent
        {
            Profile = [Identifier.ExternalId($"{s.Who}")],
            Metric = "A",
            Value = n,
            Backfill = s.Backfill,
            Time = DatabaseFixture.Start.Plus(TimeSpan.FromMinutes(s.Minutes)),
        }).ToArray();
        await store.Database.WriteAsync(writes);
        var late = store.Database.LateEvents(Hour).OrderBy(l => l.Event.Value).Select(l => (l.Event.Value, l.Backfill, l.Lateness));
        var expected = sent.Select((s, n) => ((double?)n, s.Backfill, -TimeSpan.FromMinutes(s.Minutes)))
            .Where(s => s.Item3 > Hour);
        Assert.That(late, Is.EqualTo(expected));
    }
}
