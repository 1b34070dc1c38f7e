namespace Klaviyo.Tests.Storage.Import;

// Gives bytes in the given pieces, one a read, as a slow network would. May complete its reads late.
internal sealed class ChunkedStream(IEnumerable<byte[]> chunks, bool isLate = false) : Stream
{
    private readonly Queue<byte[]> _chunks = new(chunks.Where(c => c.Length > 0));

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
        if (isLate)
        {
            await Task.Yield();
        }

        if (!_chunks.TryDequeue(out var chunk))
        {
            return 0;
        }

        Assert.That(chunk, Has.Length.LessThanOrEqualTo(buffer.Length));
        chunk.CopyTo(buffer);
        return chunk.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
