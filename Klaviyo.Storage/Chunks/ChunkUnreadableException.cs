namespace Klaviyo.Storage.Chunks;

/// <summary>A chunk cannot be read, or is not what was written. It is dropped, and the log answers in its place.</summary>
internal sealed class ChunkUnreadableException(ChunkRange range, Exception? cause)
    : IOException($"The chunk {range.Name} cannot be used: {cause?.Message ?? "a checksum does not match."}", cause)
{
    internal ChunkRange Range => range;
}
