namespace Klaviyo.Storage.Import;

/// <summary>Reads a stream through and counts its bytes; leaves it open.</summary>
internal sealed class CountingStream(Stream inner) : ForwardStream
{
    private long _count;

    internal long Count => Volatile.Read(ref _count);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _count, _count + read);
        return read;
    }
}
