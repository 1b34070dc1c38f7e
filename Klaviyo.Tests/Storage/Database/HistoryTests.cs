namespace Klaviyo.Tests.Storage.Database;

// Properties, consents and lists as they were, one change after the other.
public sealed class HistoryTests
{
    private static readonly Instant Start = DatabaseFixture.Start;

    [Test]
    public async Task PropertyHistory_LateWrite_TakesItsPlace()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await Set(store, "free", 0);
        await Set(store, "pro", -1);
        await Set(store, "free", -3);
        await Set(store, "pro", -2);
        Assert.That(Values(store, null), Is.EqualTo(new[] { (Hours(-3), "free"), (Hours(-2), "pro"), (Hours(0), "free") }));
        Assert.That(Values(store, Hours(-1)), Is.EqualTo(new[] { (Hours(-3), "free"), (Hours(-2), "pro") }));
        Assert.That(Values(store, Hours(-4)), Is.Empty);
    }

    [Test]
    public async Task PropertyHistory_Cleared_EndsWithNull()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await Set(store, "pro", -2);
        await Set(store, PropertyValue.Null, -1);
        var history = store.Database.PropertyHistory("email:a@b.c", "plan");
        Assert.That(history[^1], Is.EqualTo(new PropertyWrite(Hours(-1), PropertyValue.Null)));
    }

    [Test]
    public async Task PropertyHistory_OfAnIdentifier_HoldsFromTheBeginningOfTheProfile()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await Set(store, "pro", -5);
        Assert.That(
            store.Database.PropertyHistory("email:a@b.c", "email"),
            Is.EqualTo(new[] { new PropertyWrite(Hours(-5), "a@b.c") }));
    }

    [Test]
    public async Task PropertyHistory_OfNobody_IsEmpty()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        Assert.That(store.Database.PropertyHistory("email:no@b.c", "plan"), Is.Empty);
        Assert.That(store.Database.ConsentHistory("email:no@b.c", "email"), Is.Empty);
        Assert.That(store.Database.ListHistory("email:no@b.c", "vip"), Is.Empty);
    }

    [Test]
    public async Task ConsentHistory_WithASuppression_TellsAllThatWasSaid()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await Say(store, ConsentStatus.Subscribed, -3, "form");
        await Say(store, ConsentStatus.Suppressed, -1, "hard_bounce");
        await Say(store, ConsentStatus.Subscribed, 2, "form");
        var history = store.Database.ConsentHistory("email:a@b.c", "email");
        Assert.That(history, Is.EqualTo(new[]
        {
            new Consent("email", ConsentStatus.Subscribed, Hours(-3), "form"),
            new Consent("email", ConsentStatus.Suppressed, Hours(-1), "hard_bounce"),
        }), "what is to be said in two hours was not said yet");
        Assert.That(store.Database.ConsentHistory("email:a@b.c", "sms"), Is.Empty);
    }

    [Test]
    public async Task ListHistory_OnAndOff_IsInOrderOfTime()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        foreach (var (hours, member) in new[] { (-1, true), (-3, true), (-2, false) })
        {
            await store.Database.WriteAsync(new ListWrite
            {
                Profile = ["email:a@b.c"],
                List = "vip",
                Member = member,
                Time = Hours(hours),
            });
        }

        Assert.That(store.Database.ListHistory("email:a@b.c", "vip"), Is.EqualTo(new[]
        {
            new ListChange(Hours(-3), true), new ListChange(Hours(-2), false), new ListChange(Hours(-1), true),
        }));
    }

    private static Instant Hours(int hours) => Start.Plus(TimeSpan.FromHours(hours));

    private static async Task Set(DatabaseFixture store, PropertyValue plan, int hours) =>
        await store.Database.IdentifyAsync(["email:a@b.c"], new PropertyMap { ["plan"] = plan }, Hours(hours));

    private static async Task Say(DatabaseFixture store, ConsentStatus status, int hours, string method)
    {
        await store.Database.WriteAsync(new ConsentWrite
        {
            Profile = ["email:a@b.c"],
            Channel = "email",
            Status = status,
            Time = Hours(hours),
            Method = method,
        });
    }

    private static IEnumerable<(Instant, string)> Values(DatabaseFixture store, Instant? at) =>
        store.Database.PropertyHistory("email:a@b.c", "plan", at).Select(w => (w.Time, w.Value.AsString()));
}
