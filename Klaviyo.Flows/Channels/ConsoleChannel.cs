namespace Klaviyo.Channels;

/// <summary>Writes a line for each message, for people who try flows out.</summary>
/// <threadsafety>Calls may overlap; lines do not mix.</threadsafety>
public sealed class ConsoleChannel : IChannel
{
    private readonly TextWriter _output;

    /// <summary>Writes to the console.</summary>
    public ConsoleChannel()
        : this(Console.Out)
    {
    }

    /// <summary>Writes to a writer.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> is null.</exception>
    public ConsoleChannel(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = TextWriter.Synchronized(output);
    }

    /// <inheritdoc/>
    public async ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var text = message.Subject.Length > 0 ? message.Subject : message.Body;
        await _output.WriteLineAsync($"{message.At} {message.Channel} to {message.To}: {text}").ConfigureAwait(false);
        return ChannelResult.Delivered;
    }
}
