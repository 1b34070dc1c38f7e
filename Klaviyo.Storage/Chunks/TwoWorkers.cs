namespace Klaviyo.Storage.Chunks;

/// <summary>Shares pieces of work between two threads.</summary>
internal static class TwoWorkers
{
    // Handing work to another thread takes some ten microseconds, in which one core adds up so many rows.
    private const int RowsForTwo = 50_000;

    /// <summary>Makes the workers for some chunks: two where there is enough to do.</summary>
    internal static List<T> For<T>(List<Chunk> chunks, long rows, Func<T> make)
    {
        return Environment.ProcessorCount > 1 && chunks.Count > 1 && rows >= RowsForTwo ? [make(), make()] : [make()];
    }

    /// <summary>Has each piece done by one of the workers; the caller's thread is the first.</summary>
    internal static void Run<T>(int pieces, List<T> workers, Action<T, int> work)
    {
        var next = -1;
        if (workers.Count == 1)
        {
            Work(workers[0]);
            return;
        }

        // Where all is done before the other thread has begun, it is not waited for: it then finds that it may not begin.
        var turn = 0;
        var other = Task.Run(() =>
        {
            if (Interlocked.Exchange(ref turn, 1) == 0)
            {
                Work(workers[1]);
            }
        });
        try
        {
            Work(workers[0]);
        }
        finally
        {
            // Whatever became of this half, the other one may still be reading.
            if (Interlocked.Exchange(ref turn, 1) != 0)
            {
                Task.WaitAny(other);
            }
        }

        if (other.IsFaulted)
        {
            other.GetAwaiter().GetResult();
        }

        void Work(T worker)
        {
            for (var i = Interlocked.Increment(ref next); i < pieces; i = Interlocked.Increment(ref next))
            {
                work(worker, i);
            }
        }
    }
}
