namespace Klaviyo.Storage.Import;

/// <summary>Reads a stream through, counts its bytes, and can add some at its end; leaves it open.</summary>
internal sealed class CountingStream(Stream inner) : Stream
{
    private long _count;
    private ReadOnlyMemory<byte> _tail;

    internal long Count => Volatile.Read(ref _count);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _count, _count + read);
        return read > 0 ? read : ReadTail(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Lets bytes follow the last of the stream; they are not counted.</summary>
    internal void Append(ReadOnlyMemory<byte> tail) => _tail = tail;

    private int ReadTail(Span<byte> buffer)
    {
        var read = Math.Min(buffer.Length, _tail.Length);
        _tail.Span[..read].CopyTo(buffer);
        _tail = _tail[read..];
        return read;
    }
}
