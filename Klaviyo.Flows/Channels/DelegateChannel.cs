namespace Klaviyo.Channels;

/// <summary>Hands messages to a function of the host.</summary>
/// <param name="send">The function; see <see cref="IChannel"/> for what it must keep.</param>
/// <threadsafety>As the function.</threadsafety>
public sealed class DelegateChannel(Func<FlowMessage, CancellationToken, ValueTask<ChannelResult>> send) : IChannel
{
    /// <summary>Hands messages to a function that delivers or throws.</summary>
    /// <param name="send">The function.</param>
    public DelegateChannel(Action<FlowMessage> send)
        : this((message, _) =>
        {
            send(message);
            return ValueTask.FromResult(ChannelResult.Delivered);
        })
    {
    }

    /// <inheritdoc/>
    public ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken) =>
        send(message, cancellationToken);
}
