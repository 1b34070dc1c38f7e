using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Klaviyo.Storage.Import;

/// <summary>Writes refused input as lines of JSON: <c>line</c>, <c>field</c>, <c>reason</c>, <c>input</c>.</summary>
/// <remarks>Bytes that are not UTF-8 are shown as U+FFFD.</remarks>
/// <threadsafety>For one writer.</threadsafety>
internal sealed class RejectWriter(Stream stream) : IDisposable
{
    // For a person in an editor, not for a web page: a quote is \" and not \u0022.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null, Readable);

    public void Dispose() => _json.Dispose();

    internal void Write(Rejection rejection, ReadOnlySpan<byte> input)
    {
        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WriteNumber("line"u8, rejection.Line);
        _json.WriteString("field"u8, rejection.Field);
        _json.WriteString("reason"u8, rejection.Reason);
        _json.WriteString("input"u8, Encoding.UTF8.GetString(input));
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
    }

    /// <summary>Hands what was written to the stream, and flushes it.</summary>
    internal async ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (_buffer.WrittenCount == 0)
        {
            return;
        }

        await stream.WriteAsync(_buffer.WrittenMemory, cancellation).ConfigureAwait(false);
        await stream.FlushAsync(cancellation).ConfigureAwait(false);
        _buffer.ResetWrittenCount();
    }
}
