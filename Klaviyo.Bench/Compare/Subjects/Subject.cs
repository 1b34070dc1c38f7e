using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>A store that is compared: ours, or a peer used as its own documentation recommends.</summary>
/// <remarks>Peers know the columns in advance and get profiles and metrics as numbers; ours gets names and any properties.</remarks>
internal abstract class Subject : IAsyncDisposable
{
    internal const string Ours = "ours";

    internal abstract string Name { get; }

    /// <summary>Gets whether a unique id is stored once only.</summary>
    internal virtual bool KeepsUnique => true;

    /// <summary>Gets what has to be known about its numbers.</summary>
    internal virtual string Note => "";

    /// <summary>Opens the store in an empty directory, or one that it has made.</summary>
    internal abstract ValueTask OpenAsync(string directory, SampleEvents events);

    /// <summary>Stores a batch; durable and visible to every question when it completes.</summary>
    internal abstract ValueTask WriteAsync(SampleBatch batch);

    /// <summary>Gets how many events are stored.</summary>
    internal abstract long Count();

    /// <summary>Runs one of many writers; stores whose calls block want a thread for each.</summary>
    internal virtual Task RunWriterAsync(Func<ValueTask> writer) => Task.Run(() => writer().AsTask());

    /// <summary>Waits for what the store does in the background, so that it does not disturb the next subject.</summary>
    internal virtual ValueTask SettleAsync() => ValueTask.CompletedTask;

    /// <summary>Counts and sums one metric of one profile.</summary>
    internal abstract Totals Point(PointQuestion question);

    /// <summary>Adds up the orders until T over all profiles.</summary>
    /// <returns>By key; null where the subject has no such report.</returns>
    internal virtual IReadOnlyDictionary<string, Totals>? Report(ReportKind kind) => null;

    /// <summary>Counts the members of a segment at T.</summary>
    /// <returns>Null where the subject has no such question.</returns>
    internal virtual long? CountSegment(SegmentKind kind) => null;

    public abstract ValueTask DisposeAsync();
}
