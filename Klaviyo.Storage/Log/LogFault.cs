namespace Klaviyo.Storage.Log;

/// <summary>
/// The first failure of the disk under a store, kept for ever; all lanes and the superblock share one.
/// </summary>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class LogFault
{
    private StorePoisonedException? _exception;

    /// <summary>Raised once, on the thread that found the failure. Subscribe before anything can fail.</summary>
    internal event Action? Latched;

    internal StorePoisonedException? Exception => Volatile.Read(ref _exception);

    internal bool IsLatched => Exception is not null;

    /// <summary>Keeps the cause if it is the first, and wakes everyone who waits for the disk.</summary>
    internal void Latch(Exception cause)
    {
        if (Interlocked.CompareExchange(ref _exception, new StorePoisonedException(cause), null) is null)
        {
            Latched?.Invoke();
        }
    }

    // Each caller gets an exception of its own, because a thrown one carries the stack of its thrower.
    internal void ThrowIfLatched()
    {
        if (Exception is { } first)
        {
            throw new StorePoisonedException(first.InnerException!);
        }
    }
}
