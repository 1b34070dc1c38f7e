using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
    /// <summary>Records what became of a message that was delivered, as an event of its profile; completes when that is durable.</summary>
    /// <param name="feedback">The message, and what happened.</param>
    /// <param name="cancellationToken">Ends the waiting only. If cancelled, the event may still be stored.</param>
    /// <returns>
    /// <see langword="false"/> if no such message was delivered to the profile; then nothing was stored. So whoever makes up a token
    /// changes nothing.
    /// </returns>
    /// <remarks>
    /// <para>The metrics are Klaviyo's: <c>Opened Email</c>, <c>Clicked SMS</c>, <c>Bounced Email</c>, <c>Marked Email as Spam</c>,
    /// <c>Unsubscribed from Email Marketing</c>. Flow, step and key of the message are its properties. Who unsubscribed, and who is
    /// suppressed after a bounce or a complaint, is so from the same instant, by the same unit of writing.</para>
    /// <para>Looks through the messages that the profile got on all channels, the latest first.</para>
    /// </remarks>
    public async ValueTask<bool> RecordFeedbackAsync(MessageFeedback feedback, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        ArgumentNullException.ThrowIfNull(feedback.Message);
        if (!MessageToken.TryRead(feedback.Message, feedback.Profile, out var key, out var profile)
            || Store.Read(profile, key, (history, message) => FindDelivery(history, message)) is not { } delivery)
        {
            return false;
        }

        await WriteAsync(MessageEvents.OfFeedback(feedback, profile, key, delivery, feedback.Time ?? Clock.GetUtcNow()), cancellationToken)
            .ConfigureAwait(false);
        return true;
    }

    /// <summary>Unsubscribes who got a message from its channel: what the page behind an unsubscribe link calls.</summary>
    /// <param name="token">The token that the link brought.</param>
    /// <param name="cancellationToken">Ends the waiting only. If cancelled, the profile may still be unsubscribed.</param>
    /// <returns>
    /// <see langword="false"/> if the token is none of ours, or its profile is gone. Again for the same message changes nothing more.
    /// </returns>
    /// <remarks>
    /// With <see cref="CustomerPlatformOptions.Unsubscribe"/> the token must be signed; then it counts also before the delivery of the
    /// message is recorded. Without, it is the token of a message that was delivered.
    /// </remarks>
    public async ValueTask<bool> UnsubscribeAsync(string token, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (_options.Unsubscribe is not { } page)
        {
            return await RecordFeedbackAsync(
                new MessageFeedback { Message = token, Kind = MessageFeedbackKind.Unsubscribed }, cancellationToken).ConfigureAwait(false);
        }

        if (!UnsubscribeToken.TryRead(page, token, out var signed) || !MessageToken.TryRead(signed.Message, null, out var key, out var profile)
            || Store.Read(profile, (Key: key, signed.Channel), (history, asked) =>
                FindDelivery(history, asked.Key) ?? new MessageDelivery(asked.Channel, default, default)) is not { } delivery)
        {
            return false;
        }

        var feedback = new MessageFeedback { Message = key, Kind = MessageFeedbackKind.Unsubscribed };
        await WriteAsync(MessageEvents.OfFeedback(feedback, profile, key, delivery, Clock.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Gets what a profile did after messages, and the message that gets each.</summary>
    /// <param name="profile">Any identifier of the profile.</param>
    /// <param name="metric">The metric of what was done, e.g. <c>Placed Order</c>.</param>
    /// <param name="rule">What counts; null for <see cref="AttributionRule.Klaviyo"/>.</param>
    /// <param name="asOf">The instant T; null for the clock's now. Later events do not exist for this call.</param>
    /// <returns>By time; only what a message gets.</returns>
    /// <exception cref="ArgumentException">A window of the rule is out of range.</exception>
    public IReadOnlyList<Conversion> Conversions(
        Identifier profile, string metric, AttributionRule? rule = null, Instant? asOf = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(metric);
        rule ??= AttributionRule.Klaviyo;
        rule.Validate();
        var range = new TimeRange(Instant.MinValue, asOf ?? Clock.GetUtcNow());
        return Store.Read(profile, (metric, rule, range), (history, asked) =>
            ConversionsOf(history, asked.metric, asked.rule, asked.range)) ?? [];
    }

    /// <summary>Gets what everybody did after messages of a flow, and the message that gets each.</summary>
    /// <param name="flow">The name of the flow; it need not exist any more.</param>
    /// <param name="metric">The metric of what was done, e.g. <c>Placed Order</c>.</param>
    /// <param name="range">When it was done.</param>
    /// <param name="rule">What counts; null for <see cref="AttributionRule.Klaviyo"/>.</param>
    /// <returns>Profile after profile, by time within each.</returns>
    /// <remarks>Walks over all profiles. Writers go on meanwhile; each profile is seen as it is when it is looked at.</remarks>
    /// <exception cref="ArgumentException">A window of the rule is out of range.</exception>
    public IEnumerable<Conversion> FlowConversions(string flow, string metric, TimeRange range, AttributionRule? rule = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(flow);
        ArgumentException.ThrowIfNullOrEmpty(metric);
        rule ??= AttributionRule.Klaviyo;
        rule.Validate();
        return Enumerable.Range(0, Store.LaneCount)
            .SelectMany(lane => ConversionsOfLane(lane, metric, rule, range))
            .Where(c => c.Flow == flow);
    }

    private IEnumerable<Conversion> ConversionsOfLane(int lane, string metric, AttributionRule rule, TimeRange range)
    {
        var profiles = Store.ProfileCount(lane);
        var found = new List<Conversion>();
        for (var first = 0; first < profiles; first += ScanStep)
        {
            found.Clear();
            var end = Math.Min(first + ScanStep, profiles);
            Store.Run(lane, scope =>
            {
                for (var ordinal = first; ordinal < end; ordinal++)
                {
                    // A profile that was merged into another is answered for by that one.
                    if (scope.IdOf(ordinal) == new ProfileKey(lane, ordinal).Id && !Store.IsObjectUnderGate(lane, ordinal))
                    {
                        found.AddRange(ConversionsOf(scope.History(ordinal), metric, rule, range));
                    }
                }
            });
            foreach (var conversion in found)
            {
                yield return conversion;
            }
        }
    }

    private static List<Conversion> ConversionsOf(ProfileHistory history, string metric, AttributionRule rule, TimeRange range)
    {
        var found = new List<Conversion>();
        foreach (var row in history.Events(metric, range).ToArray())
        {
            if (rule.TouchOf(history, row.Time) is { } touch)
            {
                string Text(string property) =>
                    history.EventProperty(touch.Row.Id, property) is { Kind: PropertyKind.String } text ? text.AsString() : "";
                double? value = double.IsNaN(row.Value) ? null : row.Value;
                found.Add(new Conversion(
                    history.Id, row.Id, row.Time, value, Text(MessageEvents.Flow), Text(MessageEvents.Step), Text(MessageEvents.Key),
                    touch.Metric, touch.Row.Time));
            }
        }

        return found;
    }

    private static MessageDelivery? FindDelivery(ProfileHistory history, string key)
    {
        foreach (var channel in MessageChannels.OfPeople)
        {
            var rows = history.Events(MessageEvents.Received(channel)!, TimeRange.All).ToArray();
            for (var i = rows.Length - 1; i >= 0; i--)
            {
                if (history.EventProperty(rows[i].Id, MessageEvents.Key) == key)
                {
                    return new MessageDelivery(
                        channel,
                        history.EventProperty(rows[i].Id, MessageEvents.Flow),
                        history.EventProperty(rows[i].Id, MessageEvents.Step));
                }
            }
        }

        return null;
    }
}
