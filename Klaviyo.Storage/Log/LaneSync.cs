namespace Klaviyo.Storage.Log;

/// <summary>The sync of one lane, by whichever thread comes first.</summary>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class LaneSync(LaneLog lane, LogFault fault) : IThreadPoolWorkItem
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;

    /// <summary>Gets a task that completes when the lane is on the medium, or the disk has failed: look at the fault then.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Syncs the lane, unless another thread has begun.</summary>
    public void Execute()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            return;
        }

        // The edge of a pool thread: whatever happens poisons the store and is told to all.
        try
        {
            lane.Sync();
        }
        catch (Exception e)
        {
            fault.Latch(e);
        }

        _ended.SetResult();
    }
}
