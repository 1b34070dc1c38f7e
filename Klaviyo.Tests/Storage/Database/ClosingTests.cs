namespace Klaviyo.Tests.Storage.Database;

// A store that is closed under those who use it: each call is answered or refused, none waits for ever, none finds memory gone.
public sealed class ClosingTests
{
    private static readonly Identifier Ada = "email:ada@example.com";
    private static readonly AggregateQuery Orders = new() { Metric = "Placed Order" };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<string, Action<CustomerDatabase>> AtTheGate = new()
    {
        ["aggregate"] = d => d.Aggregate(Ada, Orders),
        ["profile"] = d => d.Profile(Ada),
        ["by id"] = d => d.Profile(Identifier.Parse($"id:{default(ProfileId)}")),
        ["write"] = d => d.Apply(new CustomerEvent { Profile = [Ada], Metric = "Placed Order" }),
        ["statistics"] = d => d.Stats(),
        ["scan"] = d => d.CountSegment(new SegmentDefinition(When.Did("Placed Order"))),
        ["member"] = d => d.IsMember(Ada, "buyers"),
        ["commit"] = d => d.CommitAsync().AsTask().GetAwaiter().GetResult(),
        ["verify"] = d => d.VerifyAsync().GetAwaiter().GetResult(),
        ["report"] = d => d.MetricSeries("Placed Order", TimeUnit.Day),
    };

    private static readonly Dictionary<string, Func<CustomerDatabase, Task>> Lasting = new()
    {
        ["compact"] = d => d.CompactAsync(),
        ["checkpoint"] = d => d.CheckpointAsync().AsTask(),
        ["fork"] = d => d.ForkAsync("nowhere"),
        ["commit"] = d => d.CommitAsync().AsTask(),
        ["subscription"] = d => FollowAsync(d.SubscribeAsync()),
        ["subscription of late events"] = d => FollowAsync(d.SubscribeLateAsync(TimeSpan.Zero)),
        ["subscription of changes"] = d => FollowAsync(d.SegmentChangesAsync()),
    };

    private static IEnumerable<string> Waiting => AtTheGate.Keys;

    private static IEnumerable<string> Calls => Lasting.Keys;

    private static IEnumerable<string> Subscriptions => Lasting.Keys.Where(name => name.StartsWith("subscription", StringComparison.Ordinal));

    [TestCaseSource(nameof(Waiting))]
    public async Task CallThatWaitsAtTheGate_WhenTheStoreIsClosed_IsRefused(string call)
    {
        var store = await DatabaseFixture.OpenAsync();
        await store.Database.DefineSegmentAsync("buyers", new SegmentDefinition(When.Did("Placed Order")));
        await store.Database.TrackAsync(Ada, "Placed Order", 1);
        var waiting = CloseUnder(store.Database, AtTheGate[call]);
        Assert.That(() => waiting.WaitAsync(Patience), Throws.TypeOf<ObjectDisposedException>());
    }

    // Whoever closes it, and how often: when the call is back it is closed, and can be opened again.
    [Test]
    public async Task Closing_ByManyAtOnce_ClosesOnce()
    {
        for (var round = 0; round < 50; round++)
        {
            var store = await DatabaseFixture.OpenAsync();
            store.Database.Apply(new CustomerEvent { Profile = [Ada], Metric = "Placed Order" });
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                await store.Database.DisposeAsync();
                Assert.That(() => store.Database.Profile(Ada), Throws.TypeOf<ObjectDisposedException>());
            })));
            await store.ReopenAsync();
            Assert.That(store.Count("email:ada@example.com", "Placed Order"), Is.EqualTo(1));
            await store.DisposeAsync();
        }
    }

    [TestCaseSource(nameof(Calls))]
    public async Task Call_AfterClosing_IsRefused(string call)
    {
        var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync(Ada, "Placed Order", 1);
        await store.DisposeAsync();
        Assert.That(() => Task.Run(() => Lasting[call](store.Database)).WaitAsync(Patience), Throws.TypeOf<ObjectDisposedException>());
    }

    [TestCaseSource(nameof(Subscriptions))]
    public async Task Subscription_WhenTheStoreIsClosed_Ends(string call)
    {
        var store = await DatabaseFixture.OpenAsync();
        var following = Lasting[call](store.Database);
        await store.Database.TrackAsync(Ada, "Placed Order", 1);
        Assert.That(following.IsCompleted, Is.False);
        await store.DisposeAsync();
        Assert.That(() => following.WaitAsync(Patience), Throws.TypeOf<ObjectDisposedException>());
    }

    // The caller of the write that makes a checkpoint due has his write, whatever becomes of the checkpoint.
    [Test]
    public async Task CallsOfManyThreads_WhileTheStoreIsClosed_AreAnsweredOrRefused([Range(1, 3)] int round)
    {
        var store = await DatabaseFixture.OpenAsync(lanes: round);
        await store.Database.WriteAsync([.. Enumerable.Range(0, 200).Select(n => new CustomerEvent
        {
            Profile = [Identifier.ExternalId($"{n % 20}")],
            Metric = "Placed Order",
            Value = n,
        })]);
        var calls = Enumerable.Range(0, 4).Select(kind => Task.Factory.StartNew(
            () => CallUntilRefused(store.Database, kind), TaskCreationOptions.LongRunning)).ToArray();
        await Task.Yield();
        await store.DisposeAsync();
        await Task.WhenAll(calls).WaitAsync(Patience);
    }

    private static void CallUntilRefused(CustomerDatabase database, int kind)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                var who = Identifier.ExternalId($"{n % 20}");
                switch (kind)
                {
                    case 0:
                        database.Aggregate(who, Orders);
                        break;
                    case 1:
                        database.Apply(new CustomerEvent { Profile = [who], Metric = "Placed Order", Value = n });
                        break;
                    case 2:
                        database.Profile(who);
                        break;
                    default:
                        database.MetricSeries("Placed Order", TimeUnit.Day);
                        break;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // That is how it ends.
        }
    }

    // A gate lets whom it likes in first. Here the closing comes first, because the thread that closes holds the gate already.
    private static Task CloseUnder(CustomerDatabase database, Action<CustomerDatabase> call)
    {
        using var gate = database.Store.EnterAll();
        var waiting = Task.Factory.StartNew(() => call(database), TaskCreationOptions.LongRunning);
        Assert.That(SpinWait.SpinUntil(() => database.Store.Lanes[0].IsWaitedFor, Patience), Is.True);
        database.Store.Dispose();
        return waiting;
    }

    private static async Task FollowAsync<T>(IAsyncEnumerable<T> events)
    {
        await foreach (var _ in events)
        {
            // Goes on until it is ended.
        }
    }
}
