using System.Diagnostics.CodeAnalysis;

namespace Klaviyo.Storage.Chunks;

/// <summary>A piece of a chunk that is read when it is first asked for, checked, and given up when memory is short.</summary>
/// <remarks>
/// The bytes are an array of the garbage collector and not memory of our own: whoever reads one keeps it alive, so giving
/// it up needs no count of readers, and a report and an eviction never meet.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal abstract class ChunkPart(Chunk chunk, PartPlace place)
{
    /// <summary>Bytes behind every part, so that a cell of 3 bytes can be read as 8.</summary>
    internal const int Slack = sizeof(long);

    private byte[]? _array = chunk.Image;

    internal PartPlace Place => place;

    /// <summary>Gets or sets whether the part was asked for since the cache last passed by.</summary>
    internal bool Touched { get; set; }

    /// <summary>Gets the memory that the part takes when it is loaded.</summary>
    internal virtual int Weight => place.Bytes;

    internal Chunk Chunk => chunk;

    /// <summary>Gets where in <see cref="Array"/> the part begins.</summary>
    protected int Offset { get; } = chunk.Image is null ? 0 : (int)place.Offset;

    /// <summary>Gets the bytes, reading them where they are not in memory.</summary>
    /// <exception cref="ChunkUnreadableException">The file cannot be read, or is damaged.</exception>
    protected byte[] Array
    {
        get
        {
            Touched = true;
            return Volatile.Read(ref _array) ?? Load();
        }
    }

    protected ReadOnlySpan<byte> Bytes => Array.AsSpan(Offset, place.Bytes);

    /// <summary>Keeps bytes that were read. The caller holds the gate of the cache.</summary>
    /// <returns>False where another reader was first.</returns>
    internal bool TryKeep(byte[] bytes) => Interlocked.CompareExchange(ref _array, bytes, null) is null;

    /// <summary>Gives the bytes up.</summary>
    /// <returns>Whether there were any.</returns>
    internal bool TryGiveUp()
    {
        GaveUp();
        return Interlocked.Exchange(ref _array, null) is not null;
    }

    /// <summary>Drops what was made of the bytes.</summary>
    protected virtual void GaveUp()
    {
    }

    [SuppressMessage("Performance", "CA1859", Justification = "The array is what readers hold on to.")]
    private byte[] Load()
    {
        var bytes = chunk.Read(place);
        chunk.Cache.Keep(this, bytes);
        return bytes;
    }
}
