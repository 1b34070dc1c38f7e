namespace Klaviyo.Tests.Oracle;

// A history is right when it says, for every instant that it names and the one before it, what the oracle says.
internal static class HistoryComparison
{
    private static readonly string[] Channels = ["email", "sms"];
    private static readonly string[] Lists = ["vip", "news"];

    internal static void Compare(CustomerDatabase database, NaiveStore oracle, Identifier identifier, Instant at)
    {
        var root = oracle.RootOf(identifier);
        var created = oracle.History(root).Created;
        foreach (var name in RandomWrites.Properties.Append("email"))
        {
            CompareProperty(database, oracle, identifier, name, created, at);
        }

        foreach (var channel in Channels)
        {
            var said = database.ConsentHistory(identifier, channel, at);
            Assert.That(said, Is.EqualTo(oracle.Consents(root, channel, at)));
        }

        foreach (var list in Lists)
        {
            Assert.That(database.ListHistory(identifier, list, at), Is.EqualTo(oracle.ListChanges(root, list, at)));
        }
    }

    private static void CompareProperty(
        CustomerDatabase database, NaiveStore oracle, Identifier identifier, string name, Instant created, Instant at)
    {
        var root = oracle.RootOf(identifier);
        var history = database.PropertyHistory(identifier, name, at);
        Assert.That(history.Select(w => w.Time), Is.Ordered.And.Unique.And.All.LessThanOrEqualTo(at));
        for (var i = 0; i < history.Count; i++)
        {
            Assert.That(history[i].Value, Is.EqualTo(oracle.Property(root, name, history[i].Time)));
            Assert.That(history[i].Value, Is.Not.EqualTo(i == 0 ? PropertyValue.Null : history[i - 1].Value));
        }

        var seen = created > at ? PropertyValue.Null : oracle.Property(root, name, at);
        Assert.That(history.Count == 0 ? PropertyValue.Null : history[^1].Value, Is.EqualTo(seen), name);
    }
}
