using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Klaviyo.Storage.Export;

/// <summary>JSON on its way into a stream, never more than a little of it in memory.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class ExportStream : IAsyncDisposable
{
    private const int PendingBytesMax = 64 << 10;
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PipeWriter _pipe;

    internal ExportStream(Stream output)
    {
        _pipe = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        Json = new Utf8JsonWriter(_pipe, Readable);
    }

    /// <summary>Gets what documents are written with.</summary>
    internal Utf8JsonWriter Json { get; }

    /// <summary>Ends a document with the end of its line.</summary>
    internal void EndLine()
    {
        Json.Flush();
        Json.Reset();
        _pipe.GetSpan(1)[0] = (byte)'\n';
        _pipe.Advance(1);
    }

    /// <summary>Hands to the stream what has piled up, if it is enough to be worth it.</summary>
    internal ValueTask DrainAsync(CancellationToken cancellation) =>
        _pipe.UnflushedBytes + Json.BytesPending < PendingBytesMax ? default : FlushAsync(cancellation);

    /// <summary>Hands everything to the stream.</summary>
    internal async ValueTask FlushAsync(CancellationToken cancellation)
    {
        await Json.FlushAsync(cancellation).ConfigureAwait(false);
        await _pipe.FlushAsync(cancellation).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Json.DisposeAsync().ConfigureAwait(false);
        await _pipe.CompleteAsync().ConfigureAwait(false);
    }
}
