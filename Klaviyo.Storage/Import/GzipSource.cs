namespace Klaviyo.Storage.Import;

/// <summary>Hands a source to a decoder, with one zero behind its last byte, and leaves it open.</summary>
/// <remarks>
/// A decoder that has ended does not say where. But it takes in all it gets before it asks for more; so it ended within what it
/// got last, and zeros that may be padding are handed over apart from what is before them.
/// </remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class GzipSource(Stream inner) : ForwardStream
{
    private int _zeros;
    private bool _gaveZerosLast;

    /// <summary>Gets whether the zero behind the end was handed over.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>Gets whether that was not enough.</summary>
    internal bool WasAskedForMore { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_zeros == 0)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return End(buffer.Span);
            }

            var others = buffer.Span[..read].LastIndexOfAnyExcept((byte)0) + 1;
            _zeros = read - others;
            if (others > 0)
            {
                _gaveZerosLast = false;
                return others;
            }
        }

        return GiveZeros(buffer.Span);
    }

    /// <summary>Tells whether nothing but zeros follows the place at which the decoder has ended. Reads the source to its end.</summary>
    internal async ValueTask<bool> EndsInZerosAsync(CancellationToken cancellation)
    {
        var isPadding = _gaveZerosLast;
        var rest = new byte[4096];
        while (isPadding && await inner.ReadAsync(rest, cancellation).ConfigureAwait(false) is var read and > 0)
        {
            isPadding = !rest.AsSpan(0, read).ContainsAnyExcept((byte)0);
        }

        return isPadding;
    }

    private int GiveZeros(Span<byte> buffer)
    {
        var zeros = Math.Min(_zeros, buffer.Length);
        buffer[..zeros].Clear();
        _zeros -= zeros;
        _gaveZerosLast = true;
        return zeros;
    }

    private int End(Span<byte> buffer)
    {
        if (HasEnded)
        {
            WasAskedForMore = true;
            return 0;
        }

        HasEnded = true;
        _zeros = 1;
        return GiveZeros(buffer);
    }
}
