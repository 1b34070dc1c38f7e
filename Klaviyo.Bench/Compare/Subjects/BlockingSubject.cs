using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>A peer whose calls block, so that each of many writers gets a thread.</summary>
internal abstract class BlockingSubject : Subject
{
    internal sealed override ValueTask OpenAsync(string directory, SampleEvents events)
    {
        Open(directory);
        return ValueTask.CompletedTask;
    }

    internal sealed override ValueTask WriteAsync(SampleBatch batch)
    {
        Write(batch.Samples);
        return ValueTask.CompletedTask;
    }

    internal sealed override ValueTask SettleAsync()
    {
        Settle();
        return ValueTask.CompletedTask;
    }

    internal sealed override Task RunWriterAsync(Func<ValueTask> writer) => Task.Factory.StartNew(
        () => writer().AsTask().GetAwaiter().GetResult(),
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public sealed override ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    protected abstract void Open(string directory);

    protected abstract void Write(SampleEvent[] samples);

    protected virtual void Settle()
    {
    }

    protected abstract void Close();
}
