using Klaviyo.Channels;
using Klaviyo.Flows.Telemetry;

namespace Klaviyo.Flows.Outbox;

/// <summary>Hands messages to channels: some at a time, those of one profile one after the other.</summary>
internal sealed class ChannelSender(CustomerPlatformOptions options, FlowMeter meter)
{
    /// <summary>Tries to deliver messages.</summary>
    /// <returns>A result for each; null where there is none because the waiting was ended.</returns>
    internal async Task<IReadOnlyList<(Offer Offer, ChannelResult? Result)>> SendAsync(
        IReadOnlyList<Offer> offers, CancellationToken cancellationToken)
    {
        var results = new ChannelResult?[offers.Count];
        var profiles = Enumerable.Range(0, offers.Count).GroupBy(i => offers[i].Message.Profile).ToList();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = options.SendsAtATime };
        await Parallel.ForEachAsync(profiles, limits, async (profile, _) =>
        {
            foreach (var i in profile.Where(_ => !cancellationToken.IsCancellationRequested))
            {
                results[i] = await SendAsync(offers[i], cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        return [.. offers.Zip(results)];
    }

    private async Task<ChannelResult?> SendAsync(Offer offer, CancellationToken cancellationToken)
    {
        var message = offer.Message;
        if (!options.Channels.TryGetValue(message.Channel, out var channel))
        {
            return ChannelResult.Failed($"The options hold no channel '{message.Channel}'.");
        }

        var began = options.Clock.GetTimestamp();
        offer.Began = options.Clock.GetUtcNow();
        using var span = meter.Attempt(message, offer.Began.Value);
        var result = await AttemptAsync(channel, message, cancellationToken).ConfigureAwait(false);
        if (result is not null)
        {
            meter.Attempted(span, message.Channel, result, options.Clock.GetElapsedTime(began));
        }

        return result;
    }

    private static async Task<ChannelResult?> AttemptAsync(IChannel channel, FlowMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await channel.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // The edge to code of the host: whatever it throws is a result of the attempt.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ChannelResult.Retry($"{exception.GetType().Name}: {exception.Message}");
        }
    }
}
