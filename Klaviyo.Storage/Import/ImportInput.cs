using System.Buffers;
using System.IO.Pipelines;

namespace Klaviyo.Storage.Import;

/// <summary>The bytes to import: decompressed, without a byte order mark, and in one piece.</summary>
/// <remarks>
/// A pipe would hand out a record in several segments wherever a read ended in the middle of it. Here the unread rest
/// is moved to the front before more is read, so that every record lies in one span; the rest is rarely more than a
/// line.
/// </remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class ImportInput : IAsyncDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly CountingStream _source;
    private readonly PipeReader _pipe;
    private Stream? _stream;
    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>Begins to read a stream, which stays open; gzip is known by its first bytes.</summary>
    internal ImportInput(Stream source)
    {
        _source = new CountingStream(source);
        _pipe = PipeReader.Create(_source, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));
        BytesTotal = source.CanSeek ? source.Length - source.Position : null;
    }

    /// <summary>Gets how many bytes of the source were read, compressed ones where it is compressed.</summary>
    internal long Bytes => _source.Count;

    /// <summary>Gets how many bytes the source has; null where it cannot tell.</summary>
    internal long? BytesTotal { get; }

    /// <summary>Gets what was read and not yet taken. Valid until <see cref="FillAsync"/>.</summary>
    internal ReadOnlySpan<byte> Unread => UnreadMemory.Span;

    /// <summary>Gets <see cref="Unread"/> in a form that can be kept, as long as it is valid.</summary>
    internal ReadOnlyMemory<byte> UnreadMemory => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Gets whether nothing comes after <see cref="Unread"/>.</summary>
    internal bool IsComplete { get; private set; }

    /// <summary>Takes bytes from the front of <see cref="Unread"/>.</summary>
    internal void Advance(int bytes) => _start += bytes;

    /// <summary>Reads at least one byte more, or finds that the input is complete.</summary>
    /// <exception cref="IOException">The source cannot be read.</exception>
    /// <exception cref="InvalidDataException">The source is gzip that is damaged or ends too early.</exception>
    internal async Task FillAsync(CancellationToken cancellation)
    {
        if (_stream is null)
        {
            await OpenAsync(cancellation).ConfigureAwait(false);
            if (!Unread.IsEmpty)
            {
                return;
            }
        }

        MakeRoom();
        IsComplete = await ReadAsync(cancellation).ConfigureAwait(false) == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }

        await _pipe.CompleteAsync().ConfigureAwait(false);
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        var start = await _pipe.ReadAtLeastAsync(2, cancellation).ConfigureAwait(false);
        var isGzip = GzipContent.Begins(start.Buffer.Slice(0, Math.Min(2, start.Buffer.Length)).ToArray());
        _pipe.AdvanceTo(start.Buffer.Start);
        _stream = _pipe.AsStream(leaveOpen: true);
        if (isGzip)
        {
            _stream = new GzipContent(_stream);
        }

        await SkipByteOrderMarkAsync(cancellation).ConfigureAwait(false);
    }

    private async Task SkipByteOrderMarkAsync(CancellationToken cancellation)
    {
        while (Unread.Length < 3 && await ReadAsync(cancellation).ConfigureAwait(false) > 0)
        {
        }

        if (Unread.StartsWith("\uFEFF"u8))
        {
            Advance(3);
        }
    }

    private async ValueTask<int> ReadAsync(CancellationToken cancellation)
    {
        var read = await _stream!.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        _end += read;
        return read;
    }

    private void MakeRoom()
    {
        var kept = _buffer.AsSpan(_start, _end - _start);
        if (kept.Length == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        else if (_start > 0)
        {
            kept.CopyTo(_buffer);
            _end = kept.Length;
            _start = 0;
        }
    }
}
