using System.IO.Compression;

namespace Klaviyo.Storage.Import;

/// <summary>What a gzip source holds: all of its members, one behind the other, and the certainty that the last one is whole.</summary>
/// <remarks>
/// <see cref="GZipStream"/> compares length and checksum at the end of every member, but takes a source that ends inside of one
/// for one that has ended. So one zero follows the last byte. Behind a whole member it is padding, and the decoder ends there;
/// anywhere else it counts as data: the decoder makes something of it, fails at it, or asks for more. Nothing of that is handed
/// out, and all that comes of the source itself was before: a decoder asks for more only when it has nothing left to give.
/// </remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class GzipContent : ForwardStream
{
    private readonly GzipSource _source;
    private readonly GZipStream _decoder;
    private bool _isWhole;

    /// <summary>Begins to read a source, which stays open.</summary>
    internal GzipContent(Stream source)
    {
        _source = new GzipSource(source);
        _decoder = new GZipStream(_source, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>Tells gzip by its first two bytes; where there is but one, it is gzip that was cut off.</summary>
    internal static bool Begins(ReadOnlySpan<byte> start) => start is [0x1F, 0x8B, ..] or [0x1F];

    /// <exception cref="InvalidDataException">The source is damaged, ends too early, or goes on behind its last member.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isWhole)
        {
            return 0;
        }

        var read = await DecodeAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (_source.WasAskedForMore || (_source.HasEnded && read > 0))
        {
            throw EndsTooEarly();
        }

        if (read == 0)
        {
            await EndAsync(cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await _decoder.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private static InvalidDataException EndsTooEarly(Exception? cause = null) => new("The gzip data ends too early.", cause);

    private async ValueTask<int> DecodeAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await _decoder.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException fault)
        {
            throw _source.HasEnded ? EndsTooEarly(fault) : new InvalidDataException("The gzip data is damaged.", fault);
        }
    }

    private async ValueTask EndAsync(CancellationToken cancellation)
    {
        if (!await _source.EndsInZerosAsync(cancellation).ConfigureAwait(false))
        {
            throw new InvalidDataException("Other bytes follow the gzip data.");
        }

        _isWhole = true;
    }
}
