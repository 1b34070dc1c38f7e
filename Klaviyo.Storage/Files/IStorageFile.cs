namespace Klaviyo.Storage.Files;

/// <summary>One open file of a store.</summary>
/// <threadsafety>Reads and writes at different places may overlap.</threadsafety>
internal interface IStorageFile : IDisposable
{
    string Name { get; }

    long Length { get; }

    /// <summary>Fills <paramref name="into"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="EndOfStreamException">The file ends earlier.</exception>
    void Read(long offset, Span<byte> into);

    /// <summary>Writes all of <paramref name="bytes"/>; durable with the next <see cref="Sync"/>.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Has what was written at a place begin to go to the medium, so that a later <see cref="Sync"/> has less to wait for.</summary>
    /// <remarks>Only advice: nothing waits for it, and nothing is durable by it.</remarks>
    void WriteOut(long offset, int bytes)
    {
    }

    /// <summary>Makes everything written so far durable. Never call it again after it threw.</summary>
    void Sync();

    void SetLength(long length);
}
