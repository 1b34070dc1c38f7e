using System.Text;

namespace Klaviyo.Channels;

/// <summary>Appends each message to a file, one JSON document a line.</summary>
/// <remarks>
/// The file is created with the first message and read by nobody here. Each message has reached the operating system when
/// the call returns; a power cut may lose the last ones, and may leave half a line.
/// </remarks>
/// <param name="path">The file; its directory must exist.</param>
/// <threadsafety>Calls may overlap; lines do not mix.</threadsafety>
public sealed class FileChannel(string path) : IChannel, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <inheritdoc/>
    public async ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var line = Encoding.UTF8.GetBytes(MessageJson.Line(message) + "\n");
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Once begun, a line is finished: half a line would spoil the next one.
            await AppendAsync(line).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }

        return ChannelResult.Delivered;
    }

    /// <summary>Releases the gate; the file is not held open.</summary>
    public void Dispose() => _gate.Dispose();

    private async Task AppendAsync(byte[] line)
    {
        var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(line).ConfigureAwait(false);
        }
    }
}
