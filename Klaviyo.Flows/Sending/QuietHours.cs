namespace Klaviyo;

/// <summary>Hours of the local day in which no messages are sent.</summary>
/// <remarks>
/// <para>Local is the zone of the profile, <c>location.timezone</c>, else that of the account. They begin with
/// <paramref name="From"/> and end before <paramref name="Until"/>, over midnight where that is earlier.</para>
/// <para>A local time that the clocks skip is the first instant after the gap; one that occurs twice is the first. So hours that end
/// at a time which occurs twice are over when it comes for the first time.</para>
/// </remarks>
/// <param name="Channel">The channel, e.g. <c>sms</c>; null for e-mail, texts, push and WhatsApp.</param>
/// <param name="From">The local time at which they begin.</param>
/// <param name="Until">The local time at which they are over; another one than <paramref name="From"/>.</param>
/// <param name="Then">What becomes of a message in them.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record QuietHours(string? Channel, TimeOnly From, TimeOnly Until, OnLimit Then = OnLimit.Postpone)
{
    internal void Validate()
    {
        if (Channel is { Length: 0 })
        {
            throw new ArgumentException("QuietHours.Channel: a channel has a name; null stands for all.", nameof(Channel));
        }

        if (From == Until)
        {
            throw new ArgumentException("QuietHours: they begin and end at the same time; a day without sending is no quiet hour.", nameof(Until));
        }
    }

    internal bool Covers(string channel) => Channel is null ? Array.IndexOf(MessageChannels.OfPeople, channel) >= 0 : Channel == channel;

    /// <summary>Gets when the hours that hold at an instant are over.</summary>
    /// <returns>Null where none hold.</returns>
    internal Instant? EndAt(Instant at, AccountZone zone)
    {
        // The day before, because they may have begun then; the day after, because a gap can push a time over midnight.
        var today = zone.ToLocal(at).Date;
        if (today < DateTime.MinValue.AddDays(2) || today > DateTime.MaxValue.AddDays(-3))
        {
            return null;
        }

        for (var days = -1; days <= 1; days++)
        {
            var day = today.AddDays(days);
            var begin = zone.FirstInstantOf(day.Add(From.ToTimeSpan()));
            var last = From < Until ? day : day.AddDays(1);
            var end = zone.FirstInstantOf(last.Add(Until.ToTimeSpan()));
            if (begin <= at && at < end)
            {
                return end;
            }
        }

        return null;
    }
}
