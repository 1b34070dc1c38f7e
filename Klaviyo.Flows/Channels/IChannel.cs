namespace Klaviyo.Channels;

/// <summary>Where messages leave the process: the one thing that a host plugs in to send.</summary>
/// <remarks>
/// <para>A message is offered at least once, always with the same <see cref="FlowMessage.Key"/>: after a crash between a
/// delivery and the record of it, the same message comes again. A channel that must not deliver twice passes the key on as
/// idempotency key, or remembers it.</para>
/// <para>Nothing is offered before the decision to send it is durable. The result is recorded once.</para>
/// <para>An exception counts as <see cref="ChannelResult.Retry"/>, as does a result that is null; except a cancellation that was asked
/// for: then nothing is recorded and the message is offered again later.</para>
/// </remarks>
/// <threadsafety>Must take calls that overlap.</threadsafety>
public interface IChannel
{
    /// <summary>Tries to deliver a message.</summary>
    /// <param name="message">What to send, and to whom.</param>
    /// <param name="cancellationToken">The platform is closing, or the caller no longer waits.</param>
    /// <returns>What became of this attempt.</returns>
    ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken);
}
