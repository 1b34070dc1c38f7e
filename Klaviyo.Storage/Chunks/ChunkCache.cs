namespace Klaviyo.Storage.Chunks;

/// <summary>Keeps the parts of chunks that are in use within a budget of bytes.</summary>
/// <remarks>The clock of Corbató (1968): a part that was asked for since the hand last came by stays another round.</remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ChunkCache(long bytesMax)
{
    private readonly System.Threading.Lock _gate = new();
    private readonly Queue<ChunkPart> _clock = [];
    private long _bytes;

    /// <summary>Gets the bytes that are kept.</summary>
    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Keeps the bytes of a part that was just read; what was not used lately goes.</summary>
    internal void Keep(ChunkPart part, byte[] bytes)
    {
        lock (_gate)
        {
            if (part.TryKeep(bytes))
            {
                _bytes += part.Weight;
                _clock.Enqueue(part);
                ShrinkUnderGate();
            }
        }
    }

    /// <summary>Gives up every part of a chunk.</summary>
    internal void Forget(Chunk chunk)
    {
        lock (_gate)
        {
            for (var left = _clock.Count; left > 0; left--)
            {
                var part = _clock.Dequeue();
                if (ReferenceEquals(part.Chunk, chunk))
                {
                    GiveUpUnderGate(part);
                }
                else
                {
                    _clock.Enqueue(part);
                }
            }
        }
    }

    private void ShrinkUnderGate()
    {
        // Each part is passed at most twice: the first time takes away its mark.
        for (var left = _clock.Count * 2; left > 0 && _bytes > bytesMax && _clock.Count > 1; left--)
        {
            var part = _clock.Dequeue();
            if (part.Touched)
            {
                part.Touched = false;
                _clock.Enqueue(part);
            }
            else
            {
                GiveUpUnderGate(part);
            }
        }
    }

    private void GiveUpUnderGate(ChunkPart part)
    {
        if (part.TryGiveUp())
        {
            _bytes -= part.Weight;
        }
    }
}
