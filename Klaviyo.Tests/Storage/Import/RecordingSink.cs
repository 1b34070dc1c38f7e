using Klaviyo.Storage.Import;

namespace Klaviyo.Tests.Storage.Import;

// Takes writes as a store would: unique ids once, and some metrics refused. Commits end when the test says so.
internal sealed class RecordingSink : IImportSink
{
    private readonly HashSet<string> _uniqueIds = [];

    internal List<CustomerWrite> Applied { get; } = [];

    internal int Commits { get; private set; }

    // What was applied when each commit began.
    internal List<int> Covered { get; } = [];

    internal Func<Task> Commit { get; set; } = () => Task.CompletedTask;

    public void Apply(IReadOnlyList<CustomerWrite> writes, Span<WriteResult> results)
    {
        Assert.That(results.Length, Is.EqualTo(writes.Count));
        for (var i = 0; i < writes.Count; i++)
        {
            results[i] = Apply(writes[i]);
        }
    }

    public async ValueTask CommitAsync(CancellationToken cancellation)
    {
        Commits++;
        Covered.Add(Applied.Count);
        await Commit();
    }

    private WriteResult Apply(CustomerWrite write)
    {
        Applied.Add(write);
        var profile = new ProfileId(write.Profile[0].Value.GetHashCode(StringComparison.Ordinal) & 0xFFFF);
        if (write is CustomerEvent { Metric: "Throw" })
        {
            throw new IOException("The disk failed.");
        }

        var rejection = write is CustomerEvent { Metric: "Refuse" } ? new Rejection(0, "metric", "Not this one.") : null;
        var isDuplicate = write is CustomerEvent { UniqueId: { } id } && !_uniqueIds.Add(id);
        return new WriteResult(profile, null, isDuplicate, null, rejection);
    }
}
